(** [Lwt_stream.create_bounded]: a stream with places, that is pushed to.

    How the library says things:
    - a push waits while the stream is full; a second one that would have to
      wait beside it is rejected with [Full], which ends its process;
    - [close] keeps what is buffered, and the push that waits is rejected with
      [Closed], as is every later one: a send on what was closed fails its
      process. A second close does nothing: {e already};
    - a get gives [None] when everything was got and the stream was closed:
      {e closed};
    - a try to send pushes if the stream is not [closed], and its [count] is
      less than its [size]; a try to receive is [get_available_up_to 1], and
      where that gives nothing [is_closed] tells {e closed} from {e empty};
    - a deadline is [Lwt.pick] of the operation and a timer, a cancel is
      [Lwt.cancel].

    Two gets that wait get the same element, which no dialect allows. *)

type 'a io = 'a Lwt.t

type channel = {
  stream : int Lwt_stream.t;
  push : int Lwt_stream.bounded_push;
}

let about =
  {
    About.name = "lwt-stream-bounded";
    version = Versions.lwt;
    driver = "tasks";
    time = Exact;
    dialect =
      { Meaning.Dialect.strictest with
        hand_off = Always;
        send_on_closed = Fails };
    widened =
      [
        { field = "hand_off";
          reason = "a get that waits takes the element as it is pushed";
          program = "bounded_future_takes_nothing" };
        { field = "send_on_closed";
          reason = "a push after the close is rejected with Closed";
          program = "send_against_close" };
      ];
    lacks =
      [
        { kinds = Needs.all_but [ "bounded" ]; ops = [];
          why = "a stream made by Lwt_stream.create_bounded is bounded" };
        Lwt_stream_system.no_ends;
        Lwt_stream_system.no_select;
        Lwt_stream_system.no_places;
      ];
    unavailable = None;
  }

let channel = function
  | Meaning.Program.Bounded n ->
      let stream, push = Lwt_stream.create_bounded n in
      { stream; push }
  | _ -> Answer.lacks "that kind"

let on_closed () = raise (Answer.Fails "send on closed")

let send { push; _ } v =
  Lwt.catch
    (fun () -> Lwt.map (fun () -> Answer.Sent) (push#push v))
    (function Lwt_stream.Closed -> on_closed () | e -> Lwt.fail e)

let try_send { push; _ } v =
  if push#closed then on_closed ()
  else if push#count >= push#size then Answer.Full
  else
    let pushed = push#push v in
    if Lwt.is_sleeping pushed then failwith "a push waits though there is room"
    else Answer.Sent

let recv { stream; _ } = Lwt_stream_system.get stream
let try_recv { stream; _ } = Lwt_stream_system.try_get stream

let close { push; _ } =
  if push#closed then Answer.Already
  else begin
    push#close;
    Closed
  end

let select _ = Answer.lacks "a select"
let select_or_default _ = Answer.lacks "a select"
let release _ = ()
