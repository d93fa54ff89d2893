(** [Event] of the standard library: a rendezvous, with choice.

    How the library says things:
    - a send or a receive is [sync], a try is [poll]: [None] is {e full} or
      {e empty};
    - a select is [Event.select], of wrapped events; with a default, the [poll]
      of their [choose];
    - there is no close, and nobody is told that the other side has gone: who
      finds no partner waits for ever. *)

type 'a io = 'a
type channel = int Event.channel

let about =
  {
    About.name = "event";
    version = Sys.ocaml_version;
    driver = "threads";
    time = Exact;
    dialect = Meaning.Dialect.strictest;
    widened = [];
    lacks =
      [
        { kinds = Needs.all_but [ "rendezvous" ]; ops = [];
          why = "a channel of Event has no buffer" };
        { kinds = []; ops = [ "close" ]; why = "Event has no close" };
        { kinds = [];
          ops = [ "drop_sender"; "drop_receiver"; "clone_sender";
              "clone_receiver" ];
          why =
            "a channel of Event is a value without ends, and nobody is told \
             who has gone" };
        { kinds = []; ops = [ "send_within"; "recv_within"; "select_after" ];
          why = "Event has no deadlines" };
        { kinds = []; ops = [ "select_biased" ];
          why = "Event chooses at random among the events that are ready" };
        { kinds = [];
          ops = [ "start_send"; "start_recv"; "cancel_send"; "cancel_recv" ];
          why = "sync blocks its thread: nothing is begun and awaited later" };
        { kinds = []; ops = [ "reserve"; "fulfil"; "release" ];
          why = "there are no places to reserve" };
      ];
    unavailable = Kernel_thread.unavailable ();
  }

let channel _ = Event.new_channel ()

let sending channel v =
  Event.wrap (Event.send channel v) (fun () -> Answer.Sent)

let receiving channel =
  Event.wrap (Event.receive channel) (fun v -> Answer.Value v)

let send channel v = Event.sync (sending channel v)
let recv channel = Event.sync (receiving channel)

let try_send channel v =
  Option.value ~default:Answer.Full (Event.poll (sending channel v))

let try_recv channel =
  Option.value ~default:Answer.Empty (Event.poll (receiving channel))

let arm i arm =
  let event =
    match arm with
    | System.Give (channel, v) -> sending channel v
    | Take channel -> receiving channel
  in
  Event.wrap event (fun answer -> (i + 1, answer))

let select arms = Event.select (List.mapi arm arms)
let select_or_default arms = Event.poll (Event.choose (List.mapi arm arms))
let close _ = Answer.lacks "a close"

let rec release channel =
  let met = function Answer.Full | Empty -> false | _ -> true in
  if met (try_recv channel) || met (try_send channel 0) then release channel
