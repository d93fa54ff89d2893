(** A clock for threads and domains that moves, to the next wake-up, when
    every role sleeps. Only roles may sleep on it. *)

val create : unit -> unit Channels.Clock.t
