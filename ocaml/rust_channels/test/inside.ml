(** What the Rust side tells the tests alone. *)

(** How many threads wait for a channel or an event. *)
external waiting : unit -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_waiting"
  [@@noalloc]

(** How many channels there are in Rust. *)
external live : unit -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_live"
  [@@noalloc]

(** Panics, with the runtime; is the status that says so. *)
external panic : (int[@untagged]) -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_panic"
  [@@noalloc]

(** Panics while the runtime is given up. *)
external panic_waiting : (int[@untagged]) -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_panic_waiting"

(** [until n] returns when [n] threads wait. *)
let rec until n =
  if waiting () < n then begin
    Thread.yield ();
    until n
  end
