(* Receiver gone: a send after the last receiver left gives the value back.

   Channels  one, of any capacity; none given is unbounded, 0 a rendezvous.
   Closing   Differs: no sender on Event, Lwt_stream or Domainslib.Chan can
             see that the receiver is gone, and OCaml drops nothing at a known
             time. So the receiver leaves explicitly (Event_channel.leave,
             Lwt_channel.leave, Domain_channel.leave), and the senders see it.
   Agree     exact: what was taken, what was sent, what came back.
   Sides     rust/src/patterns/receiver_gone.rs
             compare/patterns/receiver_gone.json
   Source    Rust, std::sync::mpsc::SendError, which owns the message. *)

open Channels

module On_event = struct
  (** [receiver_gone ~capacity ~sender ~receiver ~afterwards ()] runs [sender]
      on a thread of its own, beside [receiver]. When [receiver] returns it
      leaves, and what is still in the channel is dropped. Once [sender] has
      ended as well, [afterwards] sends to nobody.

      What they send with gives [Ok ()], or [Error x] if the receiver has left,
      before the send or while it waited; what the receiver receives with gives
      [Some x], as the channel is not closed before it leaves.
      @raise Invalid_argument if [capacity] is negative. *)
  let receiver_gone ?capacity ~sender ~receiver ~afterwards () =
    Event_channel.with_channel ?capacity @@ fun channel ->
    let send x = Event_channel.send channel x in
    let sending = Thread.create sender send in
    Fun.protect
      (fun () -> receiver (fun () -> Event_channel.receive channel))
      ~finally:(fun () ->
        Event_channel.leave channel;
        Thread.join sending);
    afterwards send
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises. *)
  let receiver_gone ?capacity ~sender ~receiver ~afterwards () =
    let channel = Lwt_channel.create ?capacity () in
    let send x = Lwt_channel.send channel x in
    let sending = sender send in
    let* () =
      Lwt.finalize
        (fun () -> receiver (fun () -> Lwt_channel.receive channel))
        (fun () ->
          Lwt_channel.leave channel;
          sending)
    in
    afterwards send
end

module On_domains = struct
  (** The same with a domain for the sender. *)
  let receiver_gone ?capacity ~sender ~receiver ~afterwards () =
    Domain_channel.with_channel ?capacity @@ fun channel ->
    let send x = Domain_channel.send channel x in
    let sending = Domains.spawn (fun () -> sender send) in
    let finish () =
      Domain_channel.leave channel;
      Domains.join sending
    in
    (match receiver (fun () -> Domain_channel.receive channel) with
    | () -> finish ()
    | exception e -> finish (); raise e);
    afterwards send
end

(* The entry for the laboratory. *)

type script = {
  capacity : int option;
  before : int list;
  take : int;
  after : int list;
  blocked : bool;
  items : int Entry.Log.t;
  accepted : int Entry.Log.t;
  returned : int Entry.Log.t;
}

(* The receiver waits until all of [before] is sent, so that must be possible;
   a sender that is to be blocked afterwards must then find the channel full. *)
let check script =
  let expected key what found =
    raise
      (Entry.Bad_input
         (Printf.sprintf "input.%s: expected %s, found %d" key what found))
  in
  let sent = List.length script.before in
  if script.take > sent then
    expected "take" (Printf.sprintf "at most length of before = %d" sent)
      script.take;
  match script.capacity with
  | Some n when sent > script.take + n ->
      expected "before"
        (Printf.sprintf "at most take + capacity = %d items" (script.take + n))
        sent
  | Some n when script.blocked && sent < script.take + n ->
      expected "before"
        (Printf.sprintf "take + capacity = %d items" (script.take + n))
        sent
  | None when script.blocked ->
      raise
        (Entry.Bad_input
           "input.capacity: expected an integer where blocked is true, found \
            null")
  | _ -> script

let read json =
  let input = Entry.Input.of_json json in
  check
    Entry.
      {
        capacity = Input.(field "capacity" (nullable natural) input);
        before = Input.(field "before" (list int) input);
        take = Input.(field "take" natural input);
        after = Input.(field "after" (list int) input);
        blocked = Input.(field "blocked" bool input);
        items = Log.create ();
        accepted = Log.create ();
        returned = Log.create ();
      }

let note_sent script x = function
  | Ok () -> Entry.Log.add script.accepted x
  | Error x -> Entry.Log.add script.returned x

let observation script =
  let ints log = Entry.ints (Entry.Log.items log) in
  `Assoc
    [
      ("items", ints script.items);
      ("accepted", ints script.accepted);
      ("returned", ints script.returned);
    ]

let blocking receiver_gone json =
  let script = read json in
  let sent = Semaphore.Binary.make false in
  let send_all send = List.iter (fun x -> note_sent script x (send x)) in
  let sender send =
    send_all send script.before;
    Semaphore.Binary.release sent;
    if script.blocked then send_all send script.after
  in
  let receiver receive =
    for _ = 1 to script.take do
      Option.iter (Entry.Log.add script.items) (receive ())
    done;
    Semaphore.Binary.acquire sent
  in
  let afterwards send =
    if not script.blocked then send_all send script.after
  in
  receiver_gone ?capacity:script.capacity ~sender ~receiver ~afterwards ();
  observation script

let cooperative receiver_gone json =
  let open Lwt.Syntax in
  let script = read json in
  let sent, all_sent = Lwt.wait () in
  let send_all send =
    Lwt_list.iter_s (fun x -> Lwt.map (note_sent script x) (send x))
  in
  let sender send =
    let* () = send_all send script.before in
    Lwt.wakeup_later all_sent ();
    if script.blocked then send_all send script.after else Lwt.return_unit
  in
  let receiver receive =
    let rec take n =
      if n = 0 then Lwt.return_unit
      else
        let* item = receive () in
        Option.iter (Entry.Log.add script.items) item;
        take (n - 1)
    in
    let* () = take script.take in
    sent
  in
  let afterwards send =
    if script.blocked then Lwt.return_unit else send_all send script.after
  in
  Entry.Lwt_driver.run
    (receiver_gone ?capacity:script.capacity ~sender ~receiver ~afterwards);
  observation script

let entry =
  Entry.
    {
      event = Runs (blocking On_event.receiver_gone);
      lwt = Runs (cooperative On_lwt.receiver_gone);
      domains = Runs (blocking On_domains.receiver_gone);
    }
