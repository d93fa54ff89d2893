(** The channel that [Event] and [Domainslib.Chan] lack: a buffer of any
    capacity, a close, and a receiver whose leaving the senders see. *)

(** What {!Event_channel} and {!Domain_channel} have in common. Operations may
    be called by any number of threads (domains) at once.

    A channel is {e open} until somebody closes it. Closing refuses later and
    waiting sends, which get their value back; what is buffered is still
    received, and then the end, [None], as often as anybody asks. *)
module type S = sig
  (** A channel of ['a], with the server that owns its buffer. *)
  type 'a t

  (** [create ~capacity ()] is an open channel. [capacity] counts the values
      that wait with nobody receiving; without it there is no bound; [0] makes
      a rendezvous, where a send returns when a receiver has taken the value.
      The channel's server runs until {!stop}.
      @raise Invalid_argument if [capacity] is negative. *)
  val create : ?capacity:int -> unit -> 'a t

  (** [with_channel ~capacity f] is [f channel], and stops the channel when
      [f] returns or raises: whoever still waits on it is told that it is
      closed. *)
  val with_channel : ?capacity:int -> ('a t -> 'b) -> 'b

  (** [send t x] is [Ok ()] once the buffer (or, at capacity 0, a receiver)
      has [x], and [Error x] if [t] is closed: [x] is given back.
      Blocks while the channel is open and full. Blocked senders are served
      in the order of their coming. *)
  val send : 'a t -> 'a -> (unit, 'a) result

  (** [receive t] is [Some x], [x] being the oldest value, or [None] if [t] is
      closed and drained. Blocks while it is open and empty. *)
  val receive : 'a t -> 'a option

  (** [try_send t x] is [send t x] if that need not wait. Never blocks. At
      capacity 0 it succeeds only if a receiver is waiting already. *)
  val try_send : 'a t -> 'a -> (unit, [ `Full of 'a | `Closed of 'a ]) result

  (** [try_receive t] is [receive t] if that need not wait. Never blocks. At
      capacity 0 it succeeds only if a sender is waiting already. *)
  val try_receive : 'a t -> ('a, [ `Empty | `Closed ]) result

  (** [iter f t] applies [f] to what it receives until the end. *)
  val iter : ('a -> unit) -> 'a t -> unit

  (** [close t] closes [t]; what is buffered stays. When it returns, every
      later operation sees the close. Idempotent. *)
  val close : 'a t -> unit

  (** [leave t] is the close of a receiver that goes: it closes [t] and drops
      what is buffered. Idempotent. *)
  val leave : 'a t -> unit

  (** [is_closed t] is [true] once [t] is closed, drained or not. *)
  val is_closed : 'a t -> bool

  (** [open_sender t] counts one more open sender end. A count that was never
      raised closes nothing. *)
  val open_sender : 'a t -> unit

  (** [close_sender t] counts one less, and closes [t] when none is left.
      @raise Invalid_argument if no sender end is open. *)
  val close_sender : 'a t -> unit

  (** [stop t] is [leave t], and returns when the server has ended and been
      joined. Who is waiting is told, and [t] stays closed and empty.
      Idempotent. *)
  val stop : 'a t -> unit
end
