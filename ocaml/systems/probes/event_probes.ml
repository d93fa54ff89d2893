(** What [Event] does beside sending and receiving. *)

open Event

let choose_nothing () =
  let raised synchronise = Fact.raised (fun () -> synchronise (choose [])) in
  [ Fact.text "sync" (raised sync); Fact.text "poll" (raised poll) ]

(* Chosen level by level, the first leaf would be taken half of the time. *)
let flat_choice () =
  let times = 3_000 and taken = Array.make 3 0 in
  let leaf i = always i in
  let event = choose [ leaf 0; choose [ leaf 1; leaf 2 ] ] in
  for _ = 1 to times do
    let i = sync event in
    taken.(i) <- taken.(i) + 1
  done;
  let near n = abs (n - (times / 3)) < times / 20 in
  [ Fact.int "leaves" 3;
    Fact.bool "each_a_third" (Array.for_all near taken);
    Fact.bool "first_a_half" (taken.(0) > times * 4 / 10) ]

let failed_poll () =
  let aborted = ref 0 in
  let alone () = wrap_abort (receive (new_channel ())) (fun () -> incr aborted)
  in
  let polled = poll (choose [ alone (); alone (); alone () ]) in
  [ Fact.bool "none" (polled = None);
    Fact.int "aborts" !aborted;
    Fact.int "of" 3 ]

let wrap_then_abort () =
  let said = ref [] in
  let say what = said := what :: !said in
  let winner = wrap (always ()) (fun () -> say "wrap") in
  let loser = wrap_abort (receive (new_channel ())) (fun () -> say "abort") in
  sync (choose [ winner; loser ]);
  [ Fact.texts "order" (List.rev !said) ]

let abort_around_choice () =
  let aborted = ref 0 in
  let inside = choose [ always (); receive (new_channel ()) ] in
  sync (wrap_abort inside (fun () -> incr aborted));
  [ Fact.int "aborts" !aborted ]

let exception_in_wrap () =
  let c = new_channel () and sent = ref false and aborted = ref 0 in
  let partner = Thread.create (fun () -> sync (send c 1); sent := true) () in
  let winner = wrap (receive c) (fun _ -> raise Exit) in
  let loser = wrap_abort (receive (new_channel ())) (fun () -> incr aborted) in
  let raised = Fact.raised (fun () -> sync (choose [ winner; loser ])) in
  Thread.join partner;
  [ Fact.text "sync" raised;
    Fact.bool "partner_committed" !sent;
    Fact.int "aborts" !aborted ]

let guards () =
  let forced = ref 0 in
  let guarded event = guard (fun () -> incr forced; event) in
  let never () = receive (new_channel ()) in
  sync (choose [ guarded (always ()); guarded (never ()); guarded (never ()) ]);
  [ Fact.int "forced" !forced; Fact.int "of" 3 ]

let poll_against_poll () =
  let c = new_channel () and times = 20_000 in
  let many event () =
    let met = ref 0 in
    for _ = 1 to times do
      if poll event <> None then incr met;
      Thread.yield ()
    done;
    !met
  in
  let met = ref 0 in
  let other = Thread.create (fun () -> met := many (send c 1) ()) () in
  let received = many (wrap (receive c) ignore) () in
  Thread.join other;
  [ Fact.int "met" (!met + received); Fact.int "of" times ]

(* The signal goes to the thread that waits, since the other one blocks it. That
   nothing happens can only be seen by waiting a little. *)
let signal_in_sync () =
  let c = new_channel () and handled = ref false in
  let handle = Sys.Signal_handle (fun _ -> handled := true) in
  let before = Sys.signal Sys.sigusr1 handle in
  let in_sync = ref true and by_other = ref false in
  let other () =
    ignore (Thread.sigmask SIG_BLOCK [ Sys.sigusr1 ]);
    Unix.kill (Unix.getpid ()) Sys.sigusr1;
    Thread.delay 0.1;
    in_sync := !handled;
    ignore (Thread.sigmask SIG_UNBLOCK [ Sys.sigusr1 ]);
    by_other := !handled;
    sync (send c ())
  in
  let thread = Thread.create other () in
  sync (receive c);
  Thread.join thread;
  Sys.set_signal Sys.sigusr1 before;
  [ Fact.bool "handled_in_sync" !in_sync;
    Fact.bool "handled_by_other_thread" !by_other ]

let several_senders () =
  let c = new_channel () and senders = 4 and each = 50 in
  let sender i () =
    for n = 1 to each do sync (send c ((i * each) + n)) done
  in
  let threads = List.init senders (fun i -> Thread.create (sender i) ()) in
  let received = List.init (senders * each) (fun _ -> sync (receive c)) in
  List.iter Thread.join threads;
  let distinct = List.length (List.sort_uniq compare received) in
  [ Fact.int "senders" senders;
    Fact.int "received" (List.length received);
    Fact.int "twice" (List.length received - distinct) ]

(* The sender is not done before somebody listens. *)
let synchronous () =
  let c = new_channel () and sent = ref false in
  let alone = poll (send c 1) <> None in
  let sender = Thread.create (fun () -> sync (send c 2); sent := true) () in
  Thread.delay 0.05;
  let before = !sent in
  let received = sync (receive c) in
  Thread.join sender;
  [ Fact.bool "sent_alone" (alone || before);
    Fact.bool "sent_after_receive" !sent;
    Fact.int "received" received ]

let thread_exception () =
  let c = new_channel () in
  let fails () = sync (send c (List.hd [])) in
  let failing = Thread.create fails () in
  let joined = Fact.raised (fun () -> Thread.join failing) in
  [ Fact.text "join" joined;
    Fact.bool "partner_told" (poll (receive c) <> None) ]

let all =
  [ ("event_choose_nothing", choose_nothing);
    ("event_flat_choice", flat_choice);
    ("event_failed_poll", failed_poll);
    ("event_wrap_then_abort", wrap_then_abort);
    ("event_abort_around_choice", abort_around_choice);
    ("event_exception_in_wrap", exception_in_wrap);
    ("event_guards", guards);
    ("event_poll_against_poll", poll_against_poll);
    ("event_signal_in_sync", signal_in_sync);
    ("event_several_senders", several_senders);
    ("event_synchronous", synchronous);
    ("event_thread_exception", thread_exception) ]
