(** First-class synchronous communication, over the channels of Rust.

    This is the standard library's [Event], signature and semantics, so a
    program that uses [Event] runs on it unchanged:
    {[
      module Event = Chanpatterns.Event

      let channel = Event.new_channel ()
      let send x = Event.sync (Event.send channel x)
      let thread = Thread.create send "hello"
      let () = assert (Event.sync (Event.receive channel) = "hello")
      let () = Thread.join thread
    ]}

    What it has beyond that: {!after}, {!never} and {!with_nack}, choices with
    channels that have a buffer and a close ({!Channel.send_event},
    {!Channel.recv_event}), threads of different domains, and signals that are
    handled while a thread waits.

    {1 The semantics}

    - Of each synchronisation exactly one leaf commits, chosen uniformly among
      those that are ready, however they are nested. Nobody meets himself.
    - Guards are forced when a synchronisation begins, from left to right, all
      of them.
    - When a leaf has committed, first the nacks of the others fire, then the
      wraps around the leaf run, inside out, then the abort functions around
      other leaves, the last first. All run in the thread that synchronises.
    - An exception from a guard ends the synchronisation before anything is
      chosen. One from a wrap comes after the partner has committed; the abort
      functions then do not run.
    - An abort function or a nack around a choice is for when no leaf inside
      commits. A {!poll} that finds nothing ready runs all of them.
    - Those who wait to send on a channel, or to receive, are served in the
      order of their coming.

    {1 Waiting}

    A thread that waits gives the runtime up, and every 20 ms looks whether
    there is something to do for OCaml, such as the handler of a signal. (Where
    several threads wait, they share this: each looks after at most 200 ms.) If
    the handler raises, the synchronisation ends: nothing was chosen, so all
    nacks fire and all abort functions run, and the exception goes on. Only a
    send that had been received in that very moment stays sent. *)

(** A channel without a buffer. Any number of threads, of any domains, send
    and receive on it. There is no close; a channel that nobody can reach is
    collected. *)
type 'a channel

(** [new_channel ()] is a new channel. *)
val new_channel : unit -> 'a channel

(** What can be synchronised on, and then gives an ['a]; any number of
    times. *)
type +'a event

(** [send channel x] sends [x]: it commits together with a receive. *)
val send : 'a channel -> 'a -> unit event

(** [receive channel] receives a value: it commits together with a send. *)
val receive : 'a channel -> 'a event

(** [always x] is ready, with [x]. *)
val always : 'a -> 'a event

(** [choose events] is one of [events]. *)
val choose : 'a event list -> 'a event

(** [wrap event f] is [event], of whose result [f] is taken. *)
val wrap : 'a event -> ('a -> 'b) -> 'b event

(** [wrap_abort event f] is [event], and [f ()] runs where it is part of a
    synchronisation and is not chosen. *)
val wrap_abort : 'a event -> (unit -> unit) -> 'a event

(** [guard f] is the event [f ()], made anew for each synchronisation. *)
val guard : (unit -> 'a event) -> 'a event

(** [sync event] waits until a leaf of [event] can commit, and is its result.
    @raise Invalid_argument if [event] has no leaf: a choice of nothing. *)
val sync : 'a event -> 'a

(** [select events] is [sync (choose events)]. *)
val select : 'a event list -> 'a

(** [poll event] is [Some (sync event)] if that needs no waiting, else [None].
    A send or a receive on an [Event] channel needs a partner that waits.
    @raise Invalid_argument like {!sync}. *)
val poll : 'a event -> 'a option

(** {1 Beyond the standard library} *)

(** [after seconds] is ready that many seconds after its synchronisation has
    begun; [infinity] is {!never}, and 0 or less is at once.
    {[
      module Event = Chanpatterns.Event

      let channel : string Event.channel = Event.new_channel ()

      let received =
        Event.select
          [ Event.wrap (Event.receive channel) Option.some;
            Event.wrap (Event.after 0.001) (fun () -> None) ]

      let () = assert (received = None)
    ]}
    @raise Invalid_argument if [seconds] is not a number. *)
val after : float -> unit event

(** [never] is never ready. Unlike [choose []] it may be synchronised on, which
    waits for ever; a choice of it and others is a choice of the others. *)
val never : 'a event

(** [with_nack f] is the event [f nack], made anew for each synchronisation.
    [nack] becomes ready, for good, when the synchronisation ends without one
    of that event's leaves: for a server that has begun to serve a request, and
    would wait for a client who has chosen something else.
    {[
      module Event = Chanpatterns.Event

      let nacks = ref []

      let request =
        Event.with_nack (fun nack ->
            nacks := nack :: !nacks;
            Event.never)

      let () = assert (Event.select [ request; Event.always 1 ] = 1)
      let () = List.iter Event.sync !nacks
    ]} *)
val with_nack : (unit event -> 'a event) -> 'a event

(**/**)

(* The events of {!Channel}. *)

val offer : 'a Core.t -> 'a -> (unit, 'a) result event
val take : 'a Core.t -> 'a option event
