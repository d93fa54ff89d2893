open Checking
open Channels

(* Runs the roles to their end; each may note itself with the time. *)
let run roles =
  let clock = Entry.Virtual_clock.create () and log = Entry.Log.create () in
  let note name =
    Entry.Log.add log (Printf.sprintf "%s %d" name (clock.now ()))
  in
  let roles = List.map (fun role -> clock.role (role clock note)) roles in
  let threads = List.map (fun role -> Thread.create role ()) roles in
  List.iter Thread.join threads;
  String.concat ", " (Entry.Log.items log)

let sleeper name times (clock : unit Clock.t) note () =
  List.iter (fun ms -> clock.sleep ms; note name) times

let order_of_wake_ups () =
  equal "wake-ups" Fun.id ~expected:"b 10, c 20, a 30, b 35, c 70"
    (run
       [ sleeper "a" [ 30 ]; sleeper "b" [ 10; 25 ]; sleeper "c" [ 20; 50 ] ]);
  equal "no wait" Fun.id ~expected:"a 0, a 0, a 5"
    (run [ sleeper "a" [ 0; -3; 5 ] ])

(* Whoever wakes at the same time does so at that time, both of them. *)
let same_time () =
  let found =
    run [ sleeper "a" [ 10; 10 ]; sleeper "a" [ 20 ]; sleeper "a" [ 5; 15 ] ]
  in
  equal "times" Fun.id ~expected:"a 5, a 10, a 20, a 20, a 20" found

let blocked_holds_the_time () =
  let latch = Entry.Latch.create () and noted = Entry.Latch.create () in
  let clock = Entry.Virtual_clock.create () in
  let woken_at = ref (-1) and freed_at = ref (-1) in
  let blocked =
    clock.role (fun () ->
        Entry.Latch.wait latch;
        freed_at := clock.now ();
        Entry.Latch.open_ noted)
  in
  let asleep =
    clock.role (fun () -> clock.sleep 10; woken_at := clock.now ())
  in
  let threads = List.map (fun r -> Thread.create r ()) [ blocked; asleep ] in
  (* Time for a clock that does not wait to go wrong. *)
  for _ = 1 to 1_000 do
    if clock.now () = 0 then Thread.yield ()
  done;
  Entry.Latch.open_ latch;
  Entry.Latch.wait noted;
  List.iter Thread.join threads;
  equal "the time of the one that was blocked" int ~expected:0 !freed_at;
  equal "the time of the sleeper" int ~expected:10 !woken_at

let one_that_raises_leaves () =
  let failing (_ : unit Clock.t) _ () = try raise Exit with Exit -> () in
  equal "the other goes on" Fun.id ~expected:"a 10, a 20"
    (run [ failing; sleeper "a" [ 10; 10 ] ]);
  let clock = Entry.Virtual_clock.create () in
  let raising = clock.role (fun () -> raise Exit) in
  raises "what the role raised" Exit raising;
  clock.role (fun () -> clock.sleep 10) ();
  equal "the role that raised has left" int ~expected:10 (clock.now ())

let real () =
  let clock = Clock.real () in
  let before = clock.now () in
  clock.role (fun () -> clock.sleep 20) ();
  clock.sleep (-1);
  let after = clock.now () in
  if after - before < 20 then failwith "the real clock slept too little"

let () =
  test "order of wake-ups" order_of_wake_ups;
  test "same time" same_time;
  test "blocked" blocked_holds_the_time;
  test "one that raises" one_that_raises_leaves;
  test "real" real
