(** Domains and their channels, where this OCaml has them: an adapter over
    [Domain] and [Domainslib.Chan], so that one source builds everywhere. *)

(** [available] is [Ok ()], or [Error reason] where every operation below
    raises [Failure reason]: before OCaml 5, or without Domainslib. *)
val available : (unit, string) result

(** A running domain whose function gives ['a]. *)
type 'a t

(** [spawn f] runs [f ()] on a new domain.
    @raise Failure if no more domains can be had (OCaml 5 allows 128). *)
val spawn : (unit -> 'a) -> 'a t

(** [spawn_all functions] runs each on a new domain, in their order, or none of
    them: where so many cannot be had, those that wait for others would wait for
    ever.
    @raise Failure if not all can be had; then nothing was run. *)
val spawn_all : (unit -> unit) list -> unit t list

(** [join d] waits for [d] to end and is its result; it raises what [d]
    raised. Each domain must be joined once. *)
val join : 'a t -> 'a

(** [join_all domains] joins them all, and only then raises what the first of
    them that failed raised. *)
val join_all : unit t list -> unit

(** [Domainslib.Chan]: many senders, many receivers, no close. *)
module Chan : sig
  type 'a t

  (** [make_unbounded ()] is a channel whose sends never block. *)
  val make_unbounded : unit -> 'a t

  (** [make_bounded n] is a channel of capacity [n]; [0] is a rendezvous.
      @raise Invalid_argument if [n] is negative. *)
  val make_bounded : int -> 'a t

  (** [send c x] blocks while [c] is full. *)
  val send : 'a t -> 'a -> unit

  (** [send_poll c x] is [true] if [x] could be sent without waiting. *)
  val send_poll : 'a t -> 'a -> bool

  (** [recv c] blocks while [c] is empty. *)
  val recv : 'a t -> 'a

  (** [recv_poll c] is [None] if [recv c] would wait. *)
  val recv_poll : 'a t -> 'a option
end
