(* A channel belongs to the process that made it. *)

open Chanpatterns
open Checking

let forked =
  Failure
    "Chanpatterns: this channel was made before the process forked; expected \
     one that was made in this process"

let in_the_child inherited =
  raises "send" forked (fun () -> Channel.send inherited 1);
  raises "recv" forked (fun () -> Channel.recv inherited);
  raises "close" forked (fun () -> Channel.close inherited);
  raises "select" forked (fun () ->
      Event.select [ Event.never; Channel.recv_event inherited ]);
  let own = Channel.rendezvous () in
  let sender = Thread.create (Channel.send_exn own) 1 in
  equal "its own" int ~expected:1 (Channel.recv_exn own);
  Thread.join sender;
  equal "a choice" int ~expected:2 (Event.select [ Event.never; Event.always 2 ])

let () =
  let inherited = Channel.unbounded () in
  let waits = Channel.unbounded () in
  let waiter = Thread.create (fun () -> Channel.recv waits) () in
  Inside.until 1;
  test "fork" (fun () ->
      match Unix.fork () with
      | 0 ->
          (* The alarm of the parent's is not inherited. *)
          ignore (Unix.alarm 30);
          (match in_the_child inherited with
          | () -> Gc.full_major (); Unix._exit 0
          | exception e -> prerr_endline (Printexc.to_string e); Unix._exit 1)
      | child -> (
          match snd (Unix.waitpid [] child) with
          | Unix.WEXITED 0 -> ()
          | Unix.WEXITED status -> fail "the child's status" (int status)
          | Unix.WSIGNALED _ | Unix.WSTOPPED _ -> fail "the child" "a signal"));
  test "the parent goes on" (fun () ->
      Channel.send_exn inherited 1;
      equal "received" int ~expected:1 (Channel.recv_exn inherited);
      Channel.close waits;
      Thread.join waiter)
