(** What the processes of a run have done so far. *)

open Meaning

type status =
  | Idle  (** It was not spawned yet. *)
  | Between  (** It is on its way to an operation. *)
  | Within  (** The operation was begun, and has not returned. *)
  | Ended of string  (** [done], or [failed: …]. *)

type process = {
  name : string;
  operations : Program.operation list;
  mutable number : int;  (** Of the operation, in the text; from 1. *)
  mutable status : status;
  mutable log : string list;  (** The latest first. *)
}

type t = process array

let create (program : Program.t) =
  let spawned = Program.spawned program in
  let process (p : Program.process) =
    let status = if List.mem p.name spawned then Idle else Between in
    { name = p.name; operations = p.operations; number = 1; status; log = [] }
  in
  Array.of_list (List.map process program.processes)

let index journal name =
  let rec find i = if journal.(i).name = name then i else find (i + 1) in
  find 0

(** Whether a process logged this text last, if there is one. *)
let said text p =
  match text with
  | None -> true
  | Some text -> ( match p.log with last :: _ -> last = text | [] -> false)

let has_ended p = match p.status with Ended _ -> true | _ -> false

(** How a run came out. [waiting] are all that wait for ever. *)
type outcome = { told : Yojson.Safe.t; waiting : (string * int) list }

(** Of a run that is over. Who is {!Within} waits, unless the runner lost
    patience: then it is [running]. *)
let outcome ?(patient = true) (program : Program.t) journal =
  let ending p =
    match p.status with
    | Idle -> "idle"
    | Ended how -> how
    | Within when patient -> Printf.sprintf "waits at %d" p.number
    | Within | Between -> Printf.sprintf "running at %d" p.number
  in
  let tell p : string * Yojson.Safe.t =
    let log = List.rev_map (fun text -> `String text) p.log in
    (p.name, `Assoc [ ("log", `List log); ("end", `String (ending p)) ])
  in
  let observed p = program.observe = [] || List.mem p.name program.observe in
  let all = Array.to_list journal in
  let waits p = patient && p.status = Within in
  {
    told = `Assoc (List.map tell (List.filter observed all));
    waiting =
      List.map (fun p -> (p.name, p.number)) (List.filter waits all);
  }
