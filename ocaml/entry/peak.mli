(** How many items were under way at most: sent, and not yet asked for.

    A sender counts its send when it has returned and then reads how many
    receives have begun. These can only have become more in between, so no
    race makes the peak larger than it was. *)

type t

val create : unit -> t

val sent : t -> unit
(** To be called after each send that succeeded. *)

val receiving : t -> unit
(** To be called before each receive. *)

val peak : t -> int
