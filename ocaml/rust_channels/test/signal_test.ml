(* Signals are handled while the only thread of the program waits. *)

open Chanpatterns
open Checking

exception Signalled

(* A child that sends the signal over and over: whether the first comes before
   the wait or in it does not matter. *)
let with_signals handler f =
  let old = Sys.signal Sys.sigusr1 (Sys.Signal_handle (fun _ -> handler ())) in
  let command = Printf.sprintf "while kill -USR1 %d; do sleep 0.01; done" (Unix.getpid ()) in
  let child =
    Unix.create_process "/bin/sh" [| "sh"; "-c"; command |] Unix.stdin Unix.stdout Unix.stderr
  in
  let rec reap () =
    match Unix.waitpid [] child with
    | _ -> ()
    | exception Unix.Unix_error (Unix.EINTR, _, _) -> reap ()
  in
  Fun.protect f ~finally:(fun () ->
      Unix.kill child Sys.sigkill;
      Sys.set_signal Sys.sigusr1 Sys.Signal_ignore;
      reap ();
      Sys.set_signal Sys.sigusr1 old)

(* The handler does what the waiting thread waits for: without it this hangs. *)
let handled what wait wake =
  test what (fun () ->
      let count = ref 0 in
      let handler () = incr count; if !count = 3 then wake () in
      with_signals handler wait;
      if !count < 3 then fail "signals" (int !count))

(* The handler raises: the wait ends so, and what it waited for is unharmed. *)
let raised what wait afterwards =
  test (what ^ ", raised") (fun () ->
      let count = ref 0 in
      let handler () = incr count; if !count = 2 then raise Signalled in
      raises what Signalled (fun () -> with_signals handler wait);
      equal "nobody waits" int ~expected:0 (Inside.waiting ());
      afterwards ())

(* The handler is the partner, and raises: what was received is put back, what
   was sent is sent. The first signal may come before the wait, so it tries until
   it has met the one who waits. *)
let met what wait partner afterwards =
  test (what ^ ", met and raised") (fun () ->
      let handler () = if Inside.waiting () > 0 && partner () then raise Signalled in
      raises what Signalled (fun () -> with_signals handler wait);
      afterwards ())

let receives channel () =
  let sender = Thread.create (Channel.send_exn channel) 5 in
  equal "received" int ~expected:5 (Channel.recv_exn channel);
  Thread.join sender

let () =
  let t = Channel.unbounded () in
  handled "recv" (fun () -> ignore (Channel.recv_exn t)) (fun () -> Channel.send_exn t 1);
  raised "recv" (fun () -> ignore (Channel.recv_exn t)) (receives t);
  let t = Channel.bounded 1 in
  Channel.send_exn t 1;
  handled "send" (fun () -> Channel.send_exn t 2) (fun () -> ignore (Channel.recv_exn t));
  raised "send" (fun () -> Channel.send_exn t 3) (fun () ->
      equal "queued" int ~expected:2 (Channel.recv_exn t);
      equal "not sent" string_of_bool ~expected:true (Channel.try_recv t = Error `Empty));
  let t = Channel.rendezvous () in
  raised "rendezvous" (fun () -> Channel.send_exn t 1) (receives t);
  let t = Channel.unbounded () in
  let events = [ Event.never; Channel.recv_event t ] in
  handled "select" (fun () -> ignore (Event.select events)) (fun () -> Channel.send_exn t 1);
  let log = ref [] in
  let note what () = log := what :: !log in
  let nack = ref Event.never in
  let lost = Event.with_nack (fun fired -> nack := fired; Event.never) in
  let choice =
    Event.choose
      [ Event.wrap_abort Event.never (note "a"); lost;
        Event.wrap_abort (Channel.recv_event t) (note "b");
        Event.wrap_abort (Channel.send_event (Channel.rendezvous ()) 1 |> fun e ->
          Event.wrap e (fun _ -> None)) (note "c") ]
  in
  raised "select" (fun () -> ignore (Event.sync choice)) (fun () ->
      equal "aborts" (String.concat " ") ~expected:[ "a"; "b"; "c" ] !log;
      Event.sync !nack;
      receives t ());
  raised "after" (fun () -> Event.sync (Event.after 3600.)) ignore

(* Three at once, often enough to use every place of the table: each has its
   own. *)
let three t () =
  for _ = 1 to 20 do
    let senders = List.map (Thread.create (Channel.send_exn t)) [ 1; 2; 4 ] in
    Inside.until 3;
    let received = List.init 3 (fun _ -> Channel.recv_exn t) in
    equal "all" int ~expected:7 (List.fold_left ( + ) 0 received);
    List.iter Thread.join senders
  done

let () =
  let back what t recv =
    met what (fun () -> ignore (recv t))
      (fun () -> Channel.try_send t 7 = Ok ())
      (fun () ->
        equal "put back" string_of_bool ~expected:true (Channel.try_recv t = Ok 7);
        receives t ())
  in
  let select t = Event.select [ Event.never; Channel.recv_event t ] in
  back "recv, unbounded" (Channel.unbounded ()) Channel.recv;
  back "recv, bounded 1" (Channel.bounded 1) Channel.recv;
  back "select, unbounded" (Channel.unbounded ()) select;
  back "select, bounded 1" (Channel.bounded 1) select;
  let sent what send =
    let t = Channel.rendezvous () and got = ref 0 in
    let partner () =
      match Channel.try_recv t with Ok n -> got := n; true | Error _ -> false
    in
    met what (fun () -> send t 8) partner (fun () ->
        equal "sent" int ~expected:8 !got;
        three t ())
  in
  sent "send" Channel.send_exn;
  sent "select" (fun t n ->
      let sent = Event.wrap (Channel.send_event t n) ignore in
      Event.select [ Event.never; sent ])
