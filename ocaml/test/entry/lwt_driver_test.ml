open Checking
open Lwt.Syntax
module Driver = Entry.Lwt_driver

let deadlock =
  Entry.Deadlock "every promise waits for another one"

let order_of_wake_ups () =
  let log = Entry.Log.create () in
  let sleeper (name, times) =
    let sleep ms =
      let+ () = Driver.clock.sleep ms in
      let now = Driver.clock.now () in
      Entry.Log.add log (Printf.sprintf "%s %d" name now)
    in
    Lwt_list.iter_s sleep times
  in
  let sleepers = [ ("a", [ 30 ]); ("b", [ 10; 20 ]); ("c", [ 0; 10 ]) ] in
  Driver.run (fun () -> Lwt.join (List.map sleeper sleepers));
  equal "wake-ups" Fun.id ~expected:"c 0, b 10, c 10, a 30, b 30"
    (String.concat ", " (Entry.Log.items log))

let what_is_paused_goes_first () =
  let steps = ref 0 in
  let rec step n =
    if n = 0 then Lwt.return_unit
    else
      let* () = Lwt.pause () in
      incr steps;
      step (n - 1)
  in
  let at_wake_up =
    Driver.run (fun () ->
        let late = Lwt.map (fun () -> !steps) (Driver.clock.sleep 1) in
        let* () = step 100 in
        late)
  in
  equal "steps before time moved" int ~expected:100 at_wake_up

let deadlocks () =
  let never () = fst (Lwt.wait ()) in
  raises "a promise that nobody resolves" deadlock (fun () ->
      Driver.run never);
  raises "after a sleep" deadlock (fun () ->
      Driver.run (fun () -> Lwt.bind (Driver.clock.sleep 5) never));
  (* Neither sleepers nor the time nor what was paused outlive a run. *)
  let woken = ref false in
  raises "what main raised" Exit (fun () ->
      Driver.run (fun () ->
          Lwt.on_success (Lwt.pause ()) (fun () -> woken := true);
          Lwt.on_success (Driver.clock.sleep 7) (fun () -> woken := true);
          Lwt.fail Exit));
  raises "the next run is a run of its own" deadlock (fun () ->
      Driver.run never);
  equal "left from the run before" string_of_bool ~expected:false !woken;
  equal "time" int ~expected:0 (Driver.run (fun () ->
      Lwt.return (Driver.clock.now ())))

let a_run_within_a_run () =
  let inner () = Driver.run Lwt.return in
  raises "refused"
    (Invalid_argument "Lwt_driver.run: a run within a run") (fun () ->
      Driver.run (fun () -> Lwt.return (inner ())));
  equal "afterwards" int ~expected:1 (Driver.run (fun () -> Lwt.return 1))

let () =
  test "order of wake-ups" order_of_wake_ups;
  test "what is paused goes first" what_is_paused_goes_first;
  test "deadlock" deadlocks;
  test "a run within a run" a_run_within_a_run
