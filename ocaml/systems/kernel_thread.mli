(** Threads as the kernel sees them, through [/proc] (Linux). *)

type id

val self : unit -> id

(** What one look finds. A thread that is asleep in two looks, with the same
    number of context switches, has slept from the first to the second: to fall
    asleep again it would have had to be switched away from. Who sleeps for a
    time of its own is not asleep: nobody has to wake it. *)
type look = { asleep : bool; switches : int }

val look : id -> look
(** @raise Sys_error if there is no such thread, or no [/proc]. *)

val unavailable : unit -> string option
(** Why threads cannot be looked at here. *)
