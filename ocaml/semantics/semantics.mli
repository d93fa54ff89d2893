(** What a channel program means: the steps of its states, and its outcomes.

    The text beside this, [meaning.mld], says the same in words. Nothing here
    changes what is given: a state is a value, and two states that are the same
    are equal. *)

(** Whether the clock moves only when nothing else can ([Exact]), or a deadline
    may strike as soon as its operation waits ([Race]). *)
type time = Exact | Race

type state

type event =
  | Waits  (** The operation could not complete, and waits. *)
  | Completes of { arm : int option; partner : string option }
      (** It completed: which arm of a select, and with whom it met. *)
  | Strikes  (** Its deadline struck. *)
  | Moves of int  (** The clock moved so far. *)

type label = {
  who : string;  (** The process, or [clock]. *)
  arrives : bool;  (** Else it waited before. *)
  event : event;
}

val initial : Program.t -> state
(** The state that a program begins in. The program must have passed
    {!Program_check.check}. *)

val steps : Dialect.t -> time -> state -> (label * state) list
(** What can happen next, with the state after it. *)

type ending = Is_done | Is_idle | Has_failed of string | Waits_at of int

type outcome = (string * (string list * ending)) list
(** The log and the end of each process that is observed, in the order of the
    program. *)

val outcome : state -> outcome
(** Of a state that has no steps. *)

val hash : state -> int
(** Equal states have the same. *)
