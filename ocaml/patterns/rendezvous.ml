(* Rendezvous: a send completes when it is received.

   Channels  one without a buffer, also known as synchronous channel.
   Closing   [None] is sent last (Differs: neither Event nor Domainslib.Chan
             has a close). On_lwt: Lwt_channel.close.
   Agree     exact. With nobody receiving no send is accepted; no send returns
             before its receive has begun.
   Sides     rust/src/patterns/rendezvous.rs
             compare/patterns/rendezvous.json
   Source    C. A. R. Hoare, "Communicating Sequential Processes" (1978). *)

open Channels

module On_event = struct
  (** [rendezvous ~fill ~sender ~receiver] is what [receiver] gives. First,
      with nobody receiving, [fill] is given the function that sends without
      waiting, which says whether somebody took it. Then [sender], on a thread
      of its own, is given the function that waits for a receiver, and what
      [fill] gave; beside it [receiver] is given the function that it receives
      with, which gives [None] at the end.

      What the receiver leaves behind is taken and dropped, so that the sender
      can end. A sender that raises ends so. *)
  let rendezvous ~fill ~sender ~receiver =
    let channel = Event.new_channel () in
    let send x = Event.sync (Event.send channel (Some x)) in
    let try_send x =
      Option.is_some (Event.poll (Event.send channel (Some x)))
    in
    let rest = fill try_send in
    let run () =
      Fun.protect
        (fun () -> sender send rest)
        ~finally:(fun () -> Event.sync (Event.send channel None))
    in
    let sending = Thread.create run () in
    (* The end is there once only, and must answer every later receive. *)
    let ended = ref false in
    let receive () =
      let item =
        if !ended then None else Event.sync (Event.receive channel)
      in
      ended := Option.is_none item;
      item
    in
    Fun.protect
      (fun () -> receiver receive)
      ~finally:(fun () ->
        while not !ended do ignore (receive ()) done;
        Thread.join sending)
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises. Differs: a sender that fails fails the whole.
      [Lwt_stream.create_bounded 0] is no rendezvous: it sleeps for ever. *)
  let rendezvous ~fill ~sender ~receiver =
    let channel = Lwt_channel.create ~capacity:0 () in
    let send x = Lwt.map Result.get_ok (Lwt_channel.send channel x) in
    let rest = fill (fun x -> Result.is_ok (Lwt_channel.try_send channel x)) in
    let sending =
      Lwt.finalize
        (fun () -> sender send rest)
        (fun () -> Lwt.return (Lwt_channel.close channel))
    in
    Lwt.finalize
      (fun () -> receiver (fun () -> Lwt_channel.receive channel))
      (fun () ->
        let* () = Lwt_channel.iter (fun _ -> Lwt.return_unit) channel in
        sending)
end

module On_domains = struct
  (** The same with a domain for the sender. Differs: what the sender raises
      comes out of its join. *)
  let rendezvous ~fill ~sender ~receiver =
    let channel = Domains.Chan.make_bounded 0 in
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

let read json = Entry.Input.(field "items" (list int) (of_json json))
let blocking rendezvous json = Entry.Fill.blocking (read json) rendezvous
let cooperative rendezvous json = Entry.Fill.cooperative (read json) rendezvous

let entry =
  Entry.
    {
      event = Runs (blocking On_event.rendezvous);
      lwt = Runs (cooperative On_lwt.rendezvous);
      domains = Runs (blocking On_domains.rendezvous);
    }
