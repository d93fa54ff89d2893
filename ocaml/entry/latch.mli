(** A signal between threads or domains: once open, it stays open. *)

type t

val create : unit -> t
val open_ : t -> unit

val wait : t -> unit
(** Blocks until the latch is open. *)
