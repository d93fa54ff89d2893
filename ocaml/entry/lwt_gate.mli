(** The {!Gate} for promises. It opens when as many as its size have come, or
    else when nothing but a sleep is left to run. *)

type t

val create : int -> t
(** [create size] is a gate, within a run of {!Lwt_driver}. *)

val job : t -> (unit -> 'a Lwt.t) -> 'a Lwt.t
val concurrency : t -> int
