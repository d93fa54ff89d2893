(** Channels, and the standard library's [Event] over them; the channels are
    those of the Rust crate [chanpatterns]. *)

module Channel = Channel
module Event = Events

(** Raised where the Rust side panicked, with what the panic said: a fault of
    this library, not of its user. The channel may not be used any more. *)
exception Rust_panic = Stubs.Rust_panic
