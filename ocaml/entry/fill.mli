(** The script of the kinds that hold a sender back (bounded, rendezvous): fill
    the channel while nobody receives, then drain it.

    A pattern is given [fill], which sends items without waiting until one is
    refused and gives those that are left; [sender], which sends those, waiting
    for room; and [receiver], which receives until [None]. *)

(** [blocking items pattern] runs [pattern] and is the observation: how many
    items were accepted while nobody received, which one was refused, what was
    received, and the peak. *)
val blocking :
  int list ->
  (fill:((int -> bool) -> int list) ->
  sender:((int -> unit) -> int list -> unit) ->
  receiver:((unit -> int option) -> unit) ->
  unit) ->
  Yojson.Safe.t

(** [cooperative items pattern] is the same with promises. *)
val cooperative :
  int list ->
  (fill:((int -> bool) -> int list) ->
  sender:((int -> unit Lwt.t) -> int list -> unit Lwt.t) ->
  receiver:((unit -> int option Lwt.t) -> unit Lwt.t) ->
  unit Lwt.t) ->
  Yojson.Safe.t
