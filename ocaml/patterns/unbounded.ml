(* Unbounded: a queue that never blocks the sender.

   Channels  one without a bound: a backlog grows as long as memory lasts.
   Closing   when every sender has ended. On_event: Event_channel.close (an
             Event channel has no buffer and no close). On_lwt: [None] is
             pushed. On_domains: [None] is sent last (Differs: no close).
   Agree     per_producer: order within a sender, any order between senders.
   Sides     rust/src/patterns/unbounded.rs
             compare/patterns/unbounded.json
   Source    J. H. Reppy, "Concurrent Programming in ML" (1999), mailboxes. *)

open Channels

module On_event = struct
  (** [unbounded senders receiver] runs every sender on a thread of its own,
      waits for all to end, and only then runs [receiver], whose result it is.
      A sender is given the function that it sends with, the receiver the one
      that it receives with; after the last item that gives [None].

      A sender that raises ends so; what it sent is kept. *)
  let unbounded senders receiver =
    Event_channel.with_channel @@ fun channel ->
    let send x = Result.get_ok (Event_channel.send channel x) in
    let start sender = Thread.create sender send in
    List.iter Thread.join (List.map start senders);
    Event_channel.close channel;
    receiver (fun () -> Event_channel.receive channel)
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises. Differs: a sender that fails fails the whole. *)
  let unbounded senders receiver =
    let stream, push = Lwt_stream.create () in
    let send x = push (Some x) in
    let* () = Lwt.join (List.map (fun sender -> sender send) senders) in
    push None;
    receiver (fun () -> Lwt_stream.get stream)
end

module On_domains = struct
  (** The same with a domain for each sender. Differs: what a sender raises
      comes out of its join. *)
  let unbounded senders receiver =
    let channel = Domains.Chan.make_unbounded () in
    let send x = Domains.Chan.send channel (Some x) in
    let role sender () = sender send in
    Domains.join_all (Domains.spawn_all (List.map role senders));
    Domains.Chan.send channel None;
    (* The end is there once only, and must answer every later receive. *)
    let ended = ref false in
    let receive () =
      let item = if !ended then None else Domains.Chan.recv channel in
      ended := Option.is_none item;
      item
    in
    receiver receive
end

(* The entry for the laboratory. *)

type script = {
  sources : int list list;
  sent : (int * int) Entry.Log.t;
  mutable backlog : int;
  received : (int * int) Entry.Log.t;
}

let read json =
  let input = Entry.Input.of_json json in
  {
    sources = Entry.Input.(field "sources" (list (list int)) input);
    sent = Entry.Log.create ();
    backlog = 0;
    received = Entry.Log.create ();
  }

let count_backlog script =
  script.backlog <- List.length (Entry.Log.items script.sent)

let observation script =
  let item (source, x) = `List [ `Int source; `Int x ] in
  `Assoc
    [
      ("backlog", `Int script.backlog);
      ("items", `List (List.map item (Entry.Log.items script.received)));
    ]

let blocking unbounded json =
  let script = read json in
  let sender i source send =
    let send_one x = send (i, x); Entry.Log.add script.sent (i, x) in
    List.iter send_one source
  in
  let receiver receive =
    let rec loop () =
      match receive () with
      | Some item -> Entry.Log.add script.received item; loop ()
      | None -> ()
    in
    count_backlog script;
    loop ()
  in
  unbounded (List.mapi sender script.sources) receiver;
  observation script

let cooperative unbounded json =
  let open Lwt.Syntax in
  let script = read json in
  let sender i source send =
    let send_one x =
      send (i, x);
      Entry.Log.add script.sent (i, x);
      Lwt.pause ()
    in
    Lwt_list.iter_s send_one source
  in
  let receiver receive =
    let rec loop () =
      let* item = receive () in
      match item with
      | Some item -> Entry.Log.add script.received item; loop ()
      | None -> Lwt.return_unit
    in
    count_backlog script;
    loop ()
  in
  Entry.Lwt_driver.run (fun () ->
      unbounded (List.mapi sender script.sources) receiver);
  observation script

let entry =
  Entry.
    {
      event = Runs (blocking On_event.unbounded);
      lwt = Runs (cooperative On_lwt.unbounded);
      domains = Runs (blocking On_domains.unbounded);
    }
