(** Checks for tests that block when they fail.

    A test that is not done after a minute is killed by an alarm: a hang is a
    failure, not a wait. *)

val test : string -> (unit -> unit) -> unit
(** [test name f] runs [f]; what it raises ends the program, with [name]. *)

val fail : string -> string -> 'a
(** [fail what details] ends the test. *)

val equal : string -> ('a -> string) -> expected:'a -> 'a -> unit
(** [equal what show ~expected found] fails unless the two are equal. *)

val raises : string -> exn -> (unit -> 'a) -> unit
(** [raises what e f] fails unless [f ()] raises an exception equal to [e]. *)

val int : int -> string
val ints : int list -> string

val nothing_left : string -> (unit -> unit) -> unit
(** [nothing_left what f] runs [f] and fails if more threads or files are open
    afterwards than before. Where the system has no /proc, it says so. *)

val skip : string -> string -> unit
(** [skip what reason] says what is not tested here, and why; each reason
    once. *)
