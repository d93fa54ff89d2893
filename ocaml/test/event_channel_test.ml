open Channels

module Threads = struct
  let start f =
    let result = ref None in
    let thread = Thread.create (fun () -> result := Some (f ())) () in
    fun () ->
      Thread.join thread;
      match !result with
      | Some x -> x
      | None -> failwith "a thread ended by an exception"
end

module Test = Closeable_test.Make (Event_channel) (Threads)

let poll_until event =
  let rec loop () =
    match Event.poll event with
    | Some x -> x
    | None -> Thread.yield (); loop ()
  in
  loop ()

(* Events of a channel in a choice. *)
let events () =
  Test.on ~capacity:1 "a send that is not chosen is not sent" (fun t ->
      Test.send_all t [ 1 ];
      let other = Event.wrap (Event.always 7) (fun x -> Error x) in
      let sent = Event.select [ Event_channel.send_event t 2; other ] in
      Test.sent "the other" (Error 7) sent;
      Event_channel.close t;
      Test.ints "buffered" [ 1 ] (Test.drain t));
  Test.on "a receive that is not chosen takes nothing" (fun t ->
      let choice =
        Event.choose [ Event_channel.receive_event t; Event.always (Some 7) ]
      in
      Test.received "the other" (Some 7) (Event.sync choice);
      Test.send_all t [ 1 ];
      Test.received "kept" (Some 1)
        (poll_until (Event_channel.receive_event t)));
  Test.on ~capacity:0 "a choice between two channels takes one" (fun first ->
      Event_channel.with_channel ~capacity:0 @@ fun second ->
      let join = Threads.start (fun () -> Event_channel.send second 2) in
      let taken =
        Event.select
          [
            Event_channel.receive_event first;
            Event_channel.receive_event second;
          ]
      in
      Test.received "second" (Some 2) taken;
      Test.sent "sender" (Ok ()) (join ()));
  Test.on ~capacity:0 "an event made before the close sees it" (fun t ->
      let send = Event_channel.send_event t 1 in
      let receive = Event_channel.receive_event t in
      Event_channel.close t;
      Test.sent "send" (Error 1) (Event.sync send);
      Test.received "receive" None (Event.sync receive))

let () =
  Test.all ~rounds:5;
  events ()
