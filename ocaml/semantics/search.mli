(** The outcomes of a program, found by looking at every state. *)

module Outcome_set : Set.S with type elt = Semantics.outcome

exception Too_many of int

val outcomes :
  limit:int ->
  Dialect.t ->
  Semantics.time ->
  Program.t ->
  Outcome_set.t * int
(** All outcomes of a program that has passed {!Program_check.check}, and how
    many states there are.
    @raise Too_many if there are more than [limit] states: as there are where
    an [each] feeds itself, and its log grows for ever. *)
