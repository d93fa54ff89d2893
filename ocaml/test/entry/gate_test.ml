open Checking
module Gate = Entry.Gate
module Lwt_gate = Entry.Lwt_gate

(* Every job looks at how many have come when it runs. If the gate holds, all
   have, and [start] runs them at once; [finish] waits for their ends. *)
let opens_when_full start finish =
  let began = Unix.gettimeofday () in
  for _ = 1 to 20 do
    Gate.with_gate ~deadline:50. 3 @@ fun gate ->
    let seen = Entry.Log.create () in
    let job () =
      Gate.job gate (fun () -> Entry.Log.add seen (Gate.concurrency gate))
    in
    finish (List.init 3 (fun _ -> start job));
    equal "jobs seen by each" ints ~expected:[ 3; 3; 3 ]
      (Entry.Log.items seen);
    (* It stays open for the jobs that come later. *)
    Gate.job gate ignore;
    equal "concurrency" int ~expected:3 (Gate.concurrency gate)
  done;
  if Unix.gettimeofday () -. began > 40. then
    failwith "the gate opened by its deadline, not when it was full"

let opens_at_its_deadline () =
  let began = Unix.gettimeofday () in
  Gate.with_gate ~deadline:0.05 3 @@ fun gate ->
  for _ = 1 to 3 do Gate.job gate ignore done;
  equal "concurrency of a serial pool" int ~expected:1
    (Gate.concurrency gate);
  if Unix.gettimeofday () -. began < 0.05 then
    failwith "the gate opened before its deadline"

(* The deadline must not be waited for when the gate is given up. *)
let is_given_up () =
  let began = Unix.gettimeofday () in
  raises "what the user of the gate raised" Exit (fun () ->
      Gate.with_gate ~deadline:50. 2 (fun _ -> raise Exit));
  if Unix.gettimeofday () -. began > 40. then
    failwith "the watchdog kept the gate"

let counts_those_that_fail () =
  Gate.with_gate 1 @@ fun gate ->
  let failing () = try Gate.job gate (fun () -> raise Exit) with Exit -> () in
  failing ();
  failing ();
  equal "concurrency, one after the other" int ~expected:1
    (Gate.concurrency gate)

let lwt_opens_when_full () =
  Entry.Lwt_driver.run @@ fun () ->
  let gate = Lwt_gate.create 3 in
  let seen = Entry.Log.create () in
  let job _ =
    Lwt_gate.job gate (fun () ->
        Entry.Log.add seen (Lwt_gate.concurrency gate);
        Lwt.pause ())
  in
  Lwt.map
    (fun () ->
      equal "jobs seen by each" ints ~expected:[ 3; 3; 3 ]
        (Entry.Log.items seen);
      equal "time" int ~expected:0 (Entry.Lwt_driver.clock.now ()))
    (Lwt.join (List.init 3 job))

let lwt_opens_when_nothing_else_runs () =
  Entry.Lwt_driver.run @@ fun () ->
  let gate = Lwt_gate.create 3 in
  let job _ = Lwt_gate.job gate Lwt.pause in
  Lwt.map
    (fun () ->
      equal "concurrency of a serial pool" int ~expected:1
        (Lwt_gate.concurrency gate))
    (Lwt_list.iter_s job [ 1; 2; 3 ])

let () =
  test "opens when full: threads" (fun () ->
      let start job = Thread.create job () in
      opens_when_full start (List.iter Thread.join));
  (match Channels.Domains.available with
  | Error reason -> skip "opens when full: domains" reason
  | Ok () ->
      test "opens when full: domains" (fun () ->
          let open Channels.Domains in
          opens_when_full spawn (List.iter join)));
  test "opens at its deadline" opens_at_its_deadline;
  test "is given up" is_given_up;
  test "nothing is left" (fun () ->
      nothing_left "gates" is_given_up;
      nothing_left "late gates" (fun () ->
          Gate.with_gate ~deadline:0. 2 (fun gate -> Gate.job gate ignore)));
  test "counts those that fail" counts_those_that_fail;
  test "opens when full: lwt" lwt_opens_when_full;
  test "opens late: lwt" lwt_opens_when_nothing_else_runs
