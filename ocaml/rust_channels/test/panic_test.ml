open Chanpatterns
open Checking

(* As the library does with every status that is none of the usual. *)
let status = function
  | -3 -> Chanpatterns__Stubs.fail (-3)
  | other -> fail "status" (int other)

let () =
  test "with the runtime" (fun () ->
      raises "panic" (Rust_panic "number 7") (fun () -> status (Inside.panic 7)));
  test "without the runtime" (fun () ->
      raises "panic" (Rust_panic "waiting, number 8") (fun () ->
          status (Inside.panic_waiting 8));
      equal "nobody waits" int ~expected:0 (Inside.waiting ()));
  (* The runtime is held again: another thread and the collector run. *)
  test "afterwards" (fun () ->
      let channel = Channel.rendezvous () in
      let thread = Thread.create (Channel.send_exn channel) 1 in
      Gc.full_major ();
      equal "received" int ~expected:1 (Channel.recv_exn channel);
      Thread.join thread)
