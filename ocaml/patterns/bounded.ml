(* Bounded: a queue of capacity n; the sender blocks when it is full.

   Channels  one of capacity n, at least 1 (0 is the rendezvous).
   Closing   by the sender, when it has ended. On_event: Event_channel.close
             (an Event channel has no buffer and no close). On_lwt: push#close.
             On_domains: [None] is sent last (Differs: no close).
   Agree     exact. With nobody receiving n sends are accepted; while it runs,
             sends returned - receives begun <= n.
   Sides     rust/src/patterns/bounded.rs
             compare/patterns/bounded.json
   Source    E. W. Dijkstra, "Cooperating Sequential Processes" (1965), the
             bounded buffer. *)

open Channels

let check capacity =
  if capacity < 1 then
    invalid_arg
      (Printf.sprintf "bounded: capacity is %d, expected 1 or more" capacity)

module On_event = struct
  (** [bounded ~capacity ~fill ~sender ~receiver] is what [receiver] gives, on
      a channel of that capacity. First, with nobody receiving, [fill] is given
      the function that sends without waiting, which says whether there was
      room. Then [sender], on a thread of its own, is given the function that
      waits for room, and what [fill] gave; beside it [receiver] is given the
      function that it receives with, which gives [None] at the end.

      What the receiver leaves behind is taken and dropped, so that the sender
      can end. A sender that raises ends so.
      @raise Invalid_argument if [capacity] is less than 1. *)
  let bounded ~capacity ~fill ~sender ~receiver =
    check capacity;
    Event_channel.with_channel ~capacity @@ fun channel ->
    let send x = Result.get_ok (Event_channel.send channel x) in
    let try_send x = Result.is_ok (Event_channel.try_send channel x) in
    let rest = fill try_send in
    let run () =
      Fun.protect
        (fun () -> sender send rest)
        ~finally:(fun () -> Event_channel.close channel)
    in
    let sending = Thread.create run () in
    Fun.protect
      (fun () -> receiver (fun () -> Event_channel.receive channel))
      ~finally:(fun () ->
        Event_channel.iter ignore channel;
        Thread.join sending)
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises. Differs: a sender that fails fails the whole;
      and only one push may wait at a time, so that [sender] must not begin
      another meanwhile. *)
  let bounded ~capacity ~fill ~sender ~receiver =
    check capacity;
    let stream, push = Lwt_stream.create_bounded capacity in
    (* A push with room is done at once. *)
    let try_send x =
      push#count < push#size && not (Lwt.is_sleeping (push#push x))
    in
    let rest = fill try_send in
    let sending =
      Lwt.finalize
        (fun () -> sender (fun x -> push#push x) rest)
        (fun () -> Lwt.return push#close)
    in
    Lwt.finalize
      (fun () -> receiver (fun () -> Lwt_stream.get stream))
      (fun () ->
        let* () = Lwt_stream.iter ignore stream in
        sending)
end

module On_domains = struct
  (** The same with a domain for the sender. Differs: what the sender raises
      comes out of its join. *)
  let bounded ~capacity ~fill ~sender ~receiver =
    check capacity;
    let channel = Domains.Chan.make_bounded capacity in
    let send x = Domains.Chan.send channel (Some x) in
    let rest = fill (fun x -> Domains.Chan.send_poll channel (Some x)) in
    let run () =
      Fun.protect
        (fun () -> sender send rest)
        ~finally:(fun () -> Domains.Chan.send channel None)
    in
    let sending = Domains.spawn run in
    (* The end is there once only, and must answer every later receive. *)
    let ended = ref false in
    let receive () =
      let item = if !ended then None else Domains.Chan.recv channel in
      ended := Option.is_none item;
      item
    in
    let finish () =
      while not !ended do ignore (receive ()) done;
      Domains.join sending
    in
    match receiver receive with
    | result -> finish (); result
    | exception e -> finish (); raise e
end

(* The entry for the laboratory. *)

let read json =
  let input = Entry.Input.of_json json in
  let capacity = Entry.Input.(field "capacity" natural input) in
  if capacity = 0 then
    raise
      (Entry.Bad_input
         "input.capacity: expected an integer from 1 on, found 0");
  (capacity, Entry.Input.(field "items" (list int) input))

let blocking bounded json =
  let capacity, items = read json in
  Entry.Fill.blocking items (bounded ~capacity)

let cooperative bounded json =
  let capacity, items = read json in
  Entry.Fill.cooperative items (bounded ~capacity)

let entry =
  Entry.
    {
      event = Runs (blocking On_event.bounded);
      lwt = Runs (cooperative On_lwt.bounded);
      domains = Runs (blocking On_domains.bounded);
    }
