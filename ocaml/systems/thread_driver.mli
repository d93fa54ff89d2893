(** Processes as threads or domains, left to the machine.

    A process {e is known to wait} when its operation was begun and has not
    returned, and nobody can run: every thread of the run sleeps in the kernel,
    and has slept from one look to a second one, between which no lock of OCaml
    was held. Who waits for the master lock of OCaml sleeps too, but not while
    that lock is free.

    The clock is virtual. It moves when all processes have ended or are known to
    wait, to the next deadline. *)

(** What runs a process. *)
module type THREAD = sig
  type t

  val spawn : (unit -> unit) -> t
  val join : t -> unit

  val delay : float
  (** The least time, in seconds, between two looks: longer than the pauses in
      which the runtime itself sleeps while it waits for another thread. *)

  val most : int
  (** How many may run at the same time. *)
end

type run

module Driver : Driver.S with type 'a io = 'a and type run = run

module Make (T : THREAD) (S : System.S with type 'a io = 'a) : sig
  val it : Runnable.t
end
