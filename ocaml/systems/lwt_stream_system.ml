(** [Lwt_stream.create]: an unbounded stream that is pushed to.

    How the library says things:
    - a push never waits: {e sent};
    - [push None] is the close. After it a push of anything, another [None] too,
      raises [Closed]. An exception ends who does not expect it, so a send on
      what was closed fails its process, and so does a second close;
    - a get gives [None] when everything was got and the stream was closed:
      {e closed};
    - a try to receive is [get_available_up_to 1], and where that gives nothing
      [is_closed] tells {e closed} from {e empty}.

    A get that waits takes its element in the step of the push, whether or not
    anybody awaits it: that is hand-off. Two that wait get the same element,
    which no dialect allows. *)

type 'a io = 'a Lwt.t

type channel = { stream : int Lwt_stream.t; push : int option -> unit }

let no_ends =
  {
    Needs.kinds = [];
    ops = [ "drop_sender"; "drop_receiver"; "clone_sender"; "clone_receiver" ];
    why = "a stream counts no ends: it is closed by its push function alone";
  }

let no_select =
  {
    Needs.kinds = [];
    ops =
      [ "select_send"; "select_recv"; "select_default"; "select_after";
        "select_biased" ];
    why =
      "a get takes its element when it is called, so that Lwt.pick and \
       Lwt.choose lose those of the gets that they do not choose";
  }

let no_places =
  {
    Needs.kinds = [];
    ops = [ "reserve"; "fulfil"; "release" ];
    why = "there are no places to reserve";
  }

let about =
  {
    About.name = "lwt-stream";
    version = Versions.lwt;
    driver = "tasks";
    time = Exact;
    dialect =
      { Meaning.Dialect.strictest with
        hand_off = Always;
        send_on_closed = Fails;
        close_twice = Fail };
    widened =
      [
        { field = "hand_off";
          reason = "a get that waits takes the element as it is pushed";
          program = "unbounded_future_takes_nothing" };
        { field = "send_on_closed";
          reason = "a push after the end raises Closed";
          program = "send_against_close_unbounded" };
        { field = "close_twice";
          reason = "a second push of None raises Closed";
          program = "unbounded_close_twice" };
      ];
    lacks =
      [
        { kinds = Needs.all_but [ "unbounded" ]; ops = [];
          why = "a stream made by Lwt_stream.create is unbounded" };
        no_ends;
        no_select;
        no_places;
      ];
    unavailable = None;
  }

let channel _ =
  let stream, push = Lwt_stream.create () in
  { stream; push }

let try_send { push; _ } v =
  match push (Some v) with
  | () -> Answer.Sent
  | exception Lwt_stream.Closed -> raise (Answer.Fails "send on closed")

let send channel v = Lwt.return (try_send channel v)

let received = function
  | Some v -> Answer.Value v
  | None -> Answer.Closed

let get stream = Lwt.map received (Lwt_stream.get stream)

let try_get stream =
  match Lwt_stream.get_available_up_to 1 stream with
  | v :: _ -> Answer.Value v
  | [] when Lwt_stream.is_closed stream -> Closed
  | [] -> Empty

let recv { stream; _ } = get stream
let try_recv { stream; _ } = try_get stream

let close { push; _ } =
  match push None with
  | () -> Answer.Closed
  | exception Lwt_stream.Closed -> raise (Answer.Fails "closed twice")

let select _ = Answer.lacks "a select"
let select_or_default _ = Answer.lacks "a select"
let release _ = ()
