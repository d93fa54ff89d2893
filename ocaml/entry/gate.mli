(** A gate at which jobs wait for one another, for threads and domains.

    It opens for good when as many as its size have come, or else at its
    deadline: a pool that runs its jobs one by one is late, and shows a
    concurrency of 1, but it does not hang. *)

type t

val with_gate : ?deadline:float -> int -> (t -> 'a) -> 'a
(** [with_gate size f] is [f gate]. The deadline is in seconds from now, 5 by
    default; the thread that keeps it ends when the gate opens, and at the
    latest with this call. *)

val job : t -> (unit -> 'a) -> 'a
(** [job gate f] passes the gate and then is [f ()]. *)

val concurrency : t -> int
(** The largest number of jobs that were between coming to the gate and their
    end at the same time. *)
