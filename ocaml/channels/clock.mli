(** The time that a pattern is given: the real one in a program, a virtual one
    where times must be exact.

    ['wait] is what waiting gives: [unit] to threads and domains, [unit Lwt.t]
    to promises. *)

type 'wait t = {
  now : unit -> int;  (** Milliseconds since the clock was made. *)
  sleep : int -> 'wait;
      (** Waits so many milliseconds; not at all for 0 or less. *)
  role : (unit -> 'wait) -> unit -> 'wait;
      (** [role f] is [f] as a user of the clock: it counts as one from this
          call until [f] ends. Make the roles before the first of them
          starts. A virtual clock moves only when every role sleeps, so that
          one that waits for something else holds the time. *)
}

val real : unit -> unit t
(** [real ()] is the machine's time from now on; its roles are not counted. *)

val of_sleep : (unit -> float) -> (float -> 'wait) -> 'wait t
(** [of_sleep seconds sleep] is the clock of an event loop, such as
    [of_sleep Unix.gettimeofday Lwt_unix.sleep]; both count in seconds. *)
