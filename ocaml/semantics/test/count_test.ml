(* How many outcomes there are, where combinatorics tells it. *)

open Meaning
open Build

let count what expected program =
  Checking.test what (fun () ->
      let found = Search.Outcome_set.cardinal (outcomes program) in
      Checking.equal what Checking.int ~expected found)

let fan_in kind senders messages =
  let sender i =
    let message j = send "c" ((10 * i) + j) in
    (Printf.sprintf "S%d" i, List.init messages message)
  in
  let all = List.init (senders * messages) (fun _ -> recv "c") in
  program ~observe:[ "R" ] [ ("c", kind) ]
    (List.init senders sender @ [ ("R", all) ])

(* Who got which job: the workers take what the main process puts. *)
let pool jobs workers =
  let worker i = (Printf.sprintf "W%d" i, [ each "c" ]) in
  let put = List.init jobs (fun i -> send "c" i) in
  let names = List.init workers (fun i -> fst (worker i)) in
  program ~observe:names [ ("c", Program.Unbounded) ]
    (("M", put @ [ close "c" ]) :: List.init workers worker)

let () =
  (* Merges of sequences that keep each one's order: 9!/3!^3 and 6!/3!^2. *)
  count "3 senders of 3 messages" 1680 (fan_in (Bounded 1) 3 3);
  count "2 senders of 3 messages" 20 (fan_in Unbounded 2 3);
  count "2 senders of 3 messages that meet" 20 (fan_in Rendezvous 2 3);
  (* Each job goes to any worker. *)
  count "4 jobs for 2 workers" 16 (pool 4 2);
  count "5 jobs for 3 workers" 243 (pool 5 3)
