(* What the last section of a pattern file, the runner and the tests share:
   how a case's input is read and how its observation is made.

   An entry takes a case's input and gives its observation, both JSON; the
   contract is compare/patterns/README.md. *)

type impl =
  | Runs of (Yojson.Safe.t -> Yojson.Safe.t)
  | Without_tasks of (Yojson.Safe.t -> Yojson.Safe.t)
      (** Its roles block threads or domains: it does not run the cases for
          tasks, and they say why. *)
  | Unsupported  (** The case file says why. *)

(** What a pattern can do on each library. *)
type t = { event : impl; lwt : impl; domains : impl }

exception Bad_input = Input.Bad_input
exception Deadlock = Lwt_driver.Deadlock

module Input = Input
module Latch = Latch
module Log = Log
module Peak = Peak
module Fill = Fill
module Gate = Gate
module Lwt_gate = Lwt_gate
module Virtual_clock = Virtual_clock
module Lwt_driver = Lwt_driver

(** [run impl input] is the observation, or [None] if [impl] is unsupported,
    or is so for this [input]. *)
let run impl input =
  match impl with
  | Runs observe -> Some (observe input)
  | Without_tasks _ when Input.for_tasks (Input.of_json input) -> None
  | Without_tasks observe -> Some (observe input)
  | Unsupported -> None

(** [refused why] is the observation of a call that refuses its arguments. *)
let refused why : Yojson.Safe.t = `Assoc [ ("refused", `String why) ]

(** [message e] is what an observation says of the exception [e]. *)
let message = function Failure m -> m | e -> Printexc.to_string e

(** [error e] is what stands where a role that raised [e] owed a value. *)
let error e : Yojson.Safe.t = `Assoc [ ("error", `String (message e)) ]

let ints l : Yojson.Safe.t = `List (List.map (fun n -> `Int n) l)
