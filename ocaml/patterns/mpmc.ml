(* Mpmc: many senders, many receivers, each item once.

   Channels  one, of any capacity; none given is unbounded, 0 a rendezvous.
   Closing   when the last sender has ended. On_event: by a count of open ends.
             On_lwt: Lwt_channel.close. On_domains: one [None] for each
             receiver (Differs: no close).
   Agree     multiset; each receiver sees what one sender sent in its order.
   Sides     rust/src/patterns/mpmc.rs
             compare/patterns/mpmc.json
   Source    J. H. Reppy, "Concurrent Programming in ML" (1999): a channel is
             a value that any number of threads may send and receive on. *)

open Channels

module On_event = struct
  (** [mpmc ~capacity senders receivers] runs all of them, each on a thread of
      its own, and returns when all have ended. A sender is given the function
      that it sends with, a receiver the one that it receives with, which gives
      [None] at the end.

      Items that every receiver left behind are taken and dropped, so that the
      senders can end. One that raises ends so.

      An Event channel is many-to-many by itself; what it lacks is the buffer
      and the close. At capacity 0 the parties do meet on an Event channel.
      @raise Invalid_argument if [capacity] is negative. *)
  let mpmc ?capacity senders receivers =
    Event_channel.with_channel ?capacity @@ fun channel ->
    let send x = Result.get_ok (Event_channel.send channel x) in
    let receive () = Event_channel.receive channel in
    let run sender =
      Fun.protect
        (fun () -> sender send)
        ~finally:(fun () -> Event_channel.close_sender channel)
    in
    let start sender =
      Event_channel.open_sender channel;
      Thread.create run sender
    in
    (* An end of our own keeps the channel open until all have theirs. *)
    Event_channel.open_sender channel;
    let senders = List.map start senders in
    Event_channel.close_sender channel;
    let receivers = List.map (fun r -> Thread.create r receive) receivers in
    List.iter Thread.join receivers;
    Event_channel.iter ignore channel;
    List.iter Thread.join senders
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises. Differs: two readers that wait for an
      [Lwt_stream] both get the same item, and a second push that has to wait
      is refused; hence {!Lwt_channel}. What fails fails the whole, once all
      have ended. *)
  let mpmc ?capacity senders receivers =
    let channel = Lwt_channel.create ?capacity () in
    let send x = Lwt.map Result.get_ok (Lwt_channel.send channel x) in
    let receive () = Lwt_channel.receive channel in
    let sending =
      Lwt.finalize
        (fun () -> Lwt.join (List.map (fun sender -> sender send) senders))
        (fun () -> Lwt.return (Lwt_channel.close channel))
    in
    Lwt.finalize
      (fun () -> Lwt.join (List.map (fun r -> r receive) receivers))
      (fun () ->
        let* () = Lwt_channel.iter (fun _ -> Lwt.return_unit) channel in
        sending)
end

module On_domains = struct
  (** The same with a domain for each, and one that sends the ends. Differs:
      what a role raises comes out of its join. *)
  let mpmc ?capacity senders receivers =
    let channel =
      match capacity with
      | None -> Domains.Chan.make_unbounded ()
      | Some n -> Domains.Chan.make_bounded n
    in
    let ends = Atomic.make 0 in
    let take () =
      let item = Domains.Chan.recv channel in
      if Option.is_none item then Atomic.incr ends;
      item
    in
    let receive () =
      (* No receiver takes the end of another one. *)
      let ended = ref false in
      fun () ->
        let item = if !ended then None else take () in
        ended := Option.is_none item;
        item
    in
    let send x = Domains.Chan.send channel (Some x) in
    (* Who ends says so, the senders here, the receivers there. *)
    let sent = Domains.Chan.make_unbounded () in
    let received = Domains.Chan.make_unbounded () in
    let tell ended role () =
      Fun.protect role ~finally:(fun () -> Domains.Chan.send ended ())
    in
    let sending sender = tell sent (fun () -> sender send) in
    let receiving receiver = tell received (fun () -> receiver (receive ())) in
    let await ended = List.iter (fun _ -> Domains.Chan.recv ended) in
    (* One end more than receivers: the last is for the drain below. *)
    let all_ends = List.length receivers + 1 in
    let close () =
      await sent senders;
      for _ = 1 to all_ends do Domains.Chan.send channel None done
    in
    let roles = List.map sending senders @ List.map receiving receivers in
    let domains = Domains.spawn_all (close :: roles) in
    await received receivers;
    while Atomic.get ends < all_ends do ignore (take ()) done;
    Domains.join_all domains
end

(* The entry for the laboratory. *)

type script = {
  sources : int list list;
  capacity : int option;
  (* One for each receiver: what it took, source and item. *)
  received : (int * int) Entry.Log.t list;
}

let read json =
  let input = Entry.Input.of_json json in
  let receivers = Entry.Input.(field "receivers" natural input) in
  {
    sources = Entry.Input.(field "sources" (list (list int)) input);
    capacity = Entry.Input.(field "capacity" (nullable natural) input);
    received = List.init receivers (fun _ -> Entry.Log.create ());
  }

let observation script =
  let taken = List.map Entry.Log.items script.received in
  let item (source, x) = `List [ `Int source; `Int x ] in
  let receivers = List.mapi (fun i l -> List.map (fun _ -> i) l) taken in
  `Assoc
    [
      ("items", `List (List.map item (List.concat taken)));
      ( "measured",
        `Assoc [ ("receivers", Entry.ints (List.concat receivers)) ] );
    ]

let blocking mpmc json =
  let script = read json in
  let sender i source send = List.iter (fun x -> send (i, x)) source in
  let rec receiver log receive =
    match receive () with
    | Some item -> Entry.Log.add log item; receiver log receive
    | None -> ()
  in
  mpmc ?capacity:script.capacity
    (List.mapi sender script.sources)
    (List.map receiver script.received);
  observation script

let cooperative mpmc json =
  let open Lwt.Syntax in
  let script = read json in
  let sender i source send =
    let send_one x =
      let* () = send (i, x) in
      Lwt.pause ()
    in
    Lwt_list.iter_s send_one source
  in
  let rec receiver log receive =
    let* item = receive () in
    match item with
    | Some item ->
        Entry.Log.add log item;
        let* () = Lwt.pause () in
        receiver log receive
    | None -> Lwt.return_unit
  in
  Entry.Lwt_driver.run (fun () ->
      mpmc ?capacity:script.capacity
        (List.mapi sender script.sources)
        (List.map receiver script.received));
  observation script

let entry =
  Entry.
    {
      event = Runs (blocking On_event.mpmc);
      lwt = Runs (cooperative On_lwt.mpmc);
      domains = Runs (blocking On_domains.mpmc);
    }
