(** Channels: unbounded, with a bound, or without a buffer; with a close and
    deadlines; for any number of threads, of any domains, on both ends.

    {[
      open Chanpatterns

      let channel = Channel.bounded 2
      let produce () = List.iter (Channel.send_exn channel) [ 1; 2; 3; 4 ]
      let all () = produce (); Channel.close channel
      let producer = Thread.create all ()
      let sum = Seq.fold_left ( + ) 0 (Channel.to_seq channel)
      let () = assert (sum = 10)
      let () = Thread.join producer
    ]}

    {1 One handle}

    A channel is one value, for both ends, as [Event]'s and Domainslib's are,
    and is closed by {!close}, not by the end of its last sender (as in Rust):
    OCaml does not say when a value dies. Who shares a channel among several
    producers closes it when they have ended, by [Thread.join] for instance. A
    channel that nobody can reach is collected, with all that is queued; a
    {!Weak} handle does not keep it.

    {1 Waiting}

    An operation that waits gives the runtime up, so other threads run, and
    every 20 ms looks whether there is something to do for OCaml, such as the
    handler of a signal. (Where several threads wait, they share this: each
    looks after at most 200 ms.) If the handler raises, the operation ends with
    that exception. A receive has then received nothing; a send may have sent,
    if a receiver came in that very moment.

    At capacity 0 and 1 those who wait are served in the order of their coming;
    above, one who comes may take free room first, which is faster.

    {1 Errors}

    A channel belongs to the process that made it: in a child of [Unix.fork]
    every operation on it raises [Failure], since threads that are gone may
    have held it. A fault of the Rust side is {!Rust_panic}.

    {1 Cost}

    A message that need not wait costs about 0.1 µs on each side. Native code
    only. *)

type 'a t

(** {1 Making} *)

(** [unbounded ()] is a channel that is never full. *)
val unbounded : unit -> 'a t

(** [bounded capacity] is a channel that queues at most [capacity] messages;
    [bounded 0] is [rendezvous ()].
    @raise Invalid_argument if [capacity] is negative. *)
val bounded : int -> 'a t

(** [rendezvous ()] is a channel without a buffer: a send returns when a
    receiver has the message. *)
val rendezvous : unit -> 'a t

(** {1 Sending} *)

(** Raised by {!send_exn} and {!recv_exn}. *)
exception Closed

(** [send t x] is [Ok ()] once the buffer (at capacity 0, a receiver) has [x],
    and [Error x] if [t] is closed, or closes meanwhile. Waits while [t] is
    full. *)
val send : 'a t -> 'a -> (unit, 'a) result

(** [send_exn t x] is [send t x] where a close is a fault.
    @raise Closed if [t] is closed. *)
val send_exn : 'a t -> 'a -> unit

(** [try_send t x] is [send t x] if that needs no waiting. At capacity 0 it
    succeeds only against a receiver that waits. *)
val try_send : 'a t -> 'a -> (unit, [ `Full of 'a | `Closed of 'a ]) result

(** [send_timeout t ~seconds x] is [send t x], and waits at most that long.
    Where there is room it sends, however short the time; [infinity] is no
    limit.
    {[
      open Chanpatterns

      let channel = Channel.bounded 1
      let () = Channel.send_exn channel "first"
      let late = Channel.send_timeout channel ~seconds:0.001 "second"
      let () = assert (late = Error (`Timeout "second"))
    ]}
    @raise Invalid_argument if [seconds] is not a number. *)
val send_timeout :
  'a t ->
  seconds:float ->
  'a ->
  (unit, [ `Timeout of 'a | `Closed of 'a ]) result

(** {1 Receiving} *)

(** [recv t] is [Some x], [x] being the oldest message, or [None] if [t] is
    closed and drained. Waits while [t] is open and empty. *)
val recv : 'a t -> 'a option

(** [recv_exn t] is the oldest message.
    @raise Closed if [t] is closed and drained. *)
val recv_exn : 'a t -> 'a

(** [try_recv t] is [recv t] if that needs no waiting. At capacity 0 it
    succeeds only against a sender that waits. *)
val try_recv : 'a t -> ('a, [ `Empty | `Closed ]) result

(** [recv_timeout t ~seconds] is [recv t], and waits at most that long.
    A message that is there is received, however short the time; [infinity] is
    no limit.
    @raise Invalid_argument if [seconds] is not a number. *)
val recv_timeout : 'a t -> seconds:float -> ('a, [ `Timeout | `Closed ]) result

(** [iter f t] applies [f] to each message until [t] is closed and drained. *)
val iter : ('a -> unit) -> 'a t -> unit

(** [to_seq t] is the messages until [t] is closed and drained. Each step
    receives, and waits for, one message; so it can be walked through once. *)
val to_seq : 'a t -> 'a Seq.t

(** {1 Closing} *)

(** [close t] closes [t] for everyone: later sends, and those that wait, give
    their message back; what is queued is still received. Idempotent, never
    waits.
    {[
      open Chanpatterns

      let channel = Channel.unbounded ()
      let () = Channel.send_exn channel 1
      let () = Channel.close channel
      let () = assert (Channel.send channel 2 = Error 2)
      let () = assert (Channel.recv channel = Some 1)
      let () = assert (Channel.recv channel = None)
    ]} *)
val close : 'a t -> unit

(** [is_closed t] is [true] once [t] is closed, drained or not. *)
val is_closed : 'a t -> bool

(** {1 Looking} *)

(** [length t] is how many messages are queued; those of senders that wait do
    not count. *)
val length : 'a t -> int

(** [capacity t] is how many messages can be queued; [None] is no bound. *)
val capacity : 'a t -> int option

(** {1 Events} *)

(** [send_event t x] is the event of [send t x], for {!Event.choose} and the
    rest; a closed channel is ready.
    {[
      open Chanpatterns

      let jobs = Channel.unbounded () and quit = Event.new_channel ()

      let next =
        Event.choose
          [ Channel.recv_event jobs;
            Event.wrap (Event.receive quit) (fun () -> None) ]

      let () = Channel.send_exn jobs "a job"
      let () = assert (Event.sync next = Some "a job")
    ]} *)
val send_event : 'a t -> 'a -> (unit, 'a) result Events.event

(** [recv_event t] is the event of [recv t]; a channel that is closed and
    drained is ready, with [None]. *)
val recv_event : 'a t -> 'a option Events.event

(** {1 Weak handles} *)

(** Handles that do not keep a channel alive: for a registry of channels, say,
    from which each is to disappear with its last user. *)
module Weak : sig
  type 'a channel := 'a t
  type 'a t

  (** [create channel] is a weak handle of [channel]. *)
  val create : 'a channel -> 'a t

  (** [get t] is the channel, or [None] if it has been collected. *)
  val get : 'a t -> 'a channel option
end
