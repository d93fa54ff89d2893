(* The functions that the Rust crate calls, by name. Each takes text and gives
   text, and none raises: what goes wrong is an [Error]. *)

(* Before OCaml 5 the thread that makes the others take turns starts with the
   first thread that OCaml itself makes. Without it a caller that computes for
   long would keep all others out. *)
let () = Thread.join (Thread.create ignore ())

(* OCaml 5 lets a stack grow to 1 GiB before it says Stack_overflow: an eighth
   of it is plenty. (OCaml 4 uses the stack of the calling thread.) *)
let () = Gc.set { (Gc.get ()) with stack_limit = 16 * 1024 * 1024 }

let () =
  let open Laboratory in
  Callback.register "chanpatterns_ask" (Protocol.ask Registry.patterns);
  Callback.register "chanpatterns_meaning" Meaning.Run.run_json;
  Callback.register "chanpatterns_relay" Relay.relay;
  Callback.register "chanpatterns_fault" Faults.fault
