(* Close on drop: the last sender dropped, drain, then the end.

   Channels  one without a bound, and an end of it for every sender.
   Closing   Differs: OCaml drops nothing at a known time, so each end is
             closed explicitly, and the last one closes the channel. On_event,
             On_domains: a count of open ends, which the channel keeps. On_lwt:
             the last one pushes [None].
   Agree     exact: items in order, then the end, as often as one asks.
   Sides     rust/src/patterns/close_on_drop.rs
             compare/patterns/close_on_drop.json
   Source    S. Klabnik, C. Nichols, "The Rust Programming Language", ch. 16.2:
             a channel is closed when the transmitter half is dropped. *)

open Channels

(** When the receiver begins: before the first send or after the last drop. *)
type start = First | Last

module On_event = struct
  (** [close_on_drop start senders receiver] runs the senders one after the
      other; each is given the function that it sends with, and its end, taken
      before anything is sent, is closed when it ends or raises. It tells for
      each whether the channel was closed then. [receiver] runs on a thread of
      its own if it begins [First]; what it receives with gives [None] at the
      end. *)
  let close_on_drop start senders receiver =
    Event_channel.with_channel @@ fun channel ->
    let receive () = Event_channel.receive channel in
    let send x = Result.get_ok (Event_channel.send channel x) in
    let run sender =
      Fun.protect
        (fun () -> sender send)
        ~finally:(fun () -> Event_channel.close_sender channel);
      Event_channel.is_closed channel
    in
    (* The first end is ours, so that no sender at all closes as well. *)
    Event_channel.open_sender channel;
    List.iter (fun _ -> Event_channel.open_sender channel) senders;
    Event_channel.close_sender channel;
    match start with
    | Last ->
        let closed = List.map run senders in
        receiver receive;
        closed
    | First ->
        let receiving = Thread.create receiver receive in
        Fun.protect
          (fun () -> List.map run senders)
          ~finally:(fun () ->
            (* A sender that raised has kept the others from their turn. *)
            Event_channel.close channel;
            Thread.join receiving)
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises; the ends are counted here. *)
  let close_on_drop start senders receiver =
    let stream, push = Lwt_stream.create () in
    let receive () = Lwt_stream.get stream in
    let send x = push (Some x) in
    let ends = ref (1 + List.length senders) in
    let drop () =
      decr ends;
      if !ends = 0 then push None
    in
    let run sender =
      let+ () =
        Lwt.finalize (fun () -> sender send) (fun () -> Lwt.return (drop ()))
      in
      Lwt_stream.is_closed stream
    in
    drop ();
    match start with
    | Last ->
        let* closed = Lwt_list.map_s run senders in
        let+ () = receiver receive in
        closed
    | First ->
        let receiving = receiver receive in
        Lwt.finalize
          (fun () -> Lwt_list.map_s run senders)
          (fun () ->
            if not (Lwt_stream.is_closed stream) then push None;
            receiving)
end

module On_domains = struct
  (** The same with a domain for the receiver. [Domainslib.Chan] has no close;
      hence {!Domain_channel}. *)
  let close_on_drop start senders receiver =
    Domain_channel.with_channel @@ fun channel ->
    let receive () = Domain_channel.receive channel in
    let send x = Result.get_ok (Domain_channel.send channel x) in
    let run sender =
      Fun.protect
        (fun () -> sender send)
        ~finally:(fun () -> Domain_channel.close_sender channel);
      Domain_channel.is_closed channel
    in
    Domain_channel.open_sender channel;
    List.iter (fun _ -> Domain_channel.open_sender channel) senders;
    Domain_channel.close_sender channel;
    match start with
    | Last ->
        let closed = List.map run senders in
        receiver receive;
        closed
    | First -> (
        let receiving = Domains.spawn (fun () -> receiver receive) in
        let finish () =
          Domain_channel.close channel;
          Domains.join receiving
        in
        match List.map run senders with
        | closed -> finish (); closed
        | exception e -> finish (); raise e)
end

(* The entry for the laboratory. *)

type script = {
  batches : int list list;
  start : start;
  received : int Entry.Log.t;
  after_end : int option Entry.Log.t;  (** What two more receives gave. *)
}

let read json =
  let input = Entry.Input.of_json json in
  let start = [ ("first", First); ("last", Last) ] in
  {
    batches = Entry.Input.(field "batches" (list (list int)) input);
    start = Entry.Input.(field "receiver" (one_of start) input);
    received = Entry.Log.create ();
    after_end = Entry.Log.create ();
  }

let observation script closed =
  let what = function None -> `String "closed" | Some x -> `Int x in
  `Assoc
    [
      ("closed", `List (List.map (fun b -> `Bool b) closed));
      ("items", Entry.ints (Entry.Log.items script.received));
      ("end", `List (List.map what (Entry.Log.items script.after_end)));
    ]

let blocking close_on_drop json =
  let script = read json in
  let sender batch send = List.iter send batch in
  let rec receiver receive =
    match receive () with
    | Some x -> Entry.Log.add script.received x; receiver receive
    | None ->
        Entry.Log.add script.after_end (receive ());
        Entry.Log.add script.after_end (receive ())
  in
  observation script
    (close_on_drop script.start (List.map sender script.batches) receiver)

let cooperative close_on_drop json =
  let open Lwt.Syntax in
  let script = read json in
  let sender batch send =
    let send_one x = send x; Lwt.pause () in
    Lwt_list.iter_s send_one batch
  in
  let rec receiver receive =
    let* item = receive () in
    match item with
    | Some x -> Entry.Log.add script.received x; receiver receive
    | None ->
        let* first = receive () in
        let+ second = receive () in
        List.iter (Entry.Log.add script.after_end) [ first; second ]
  in
  Entry.Lwt_driver.run (fun () ->
      close_on_drop script.start (List.map sender script.batches) receiver)
  |> observation script

let entry =
  Entry.
    {
      event = Runs (blocking On_event.close_on_drop);
      lwt = Runs (cooperative On_lwt.close_on_drop);
      domains = Runs (blocking On_domains.close_on_drop);
    }
