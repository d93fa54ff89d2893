(** A list that threads, domains and promises add to. *)

type 'a t

val create : unit -> 'a t
val add : 'a t -> 'a -> unit

val items : 'a t -> 'a list
(** What was added, in that order. *)
