(** [Lwt_mvar]: one place, that is put to and taken from.

    How the library says things:
    - a send is [put], a receive is [take];
    - a try to send puts if the place [is_empty], a try to receive is
      [take_available];
    - a deadline is [Lwt.pick] of the operation and a timer, a cancel is
      [Lwt.cancel];
    - there is no close. *)

type 'a io = 'a Lwt.t
type channel = int Lwt_mvar.t

let about =
  {
    About.name = "lwt-mvar";
    version = Versions.lwt;
    driver = "tasks";
    time = Exact;
    dialect = Meaning.Dialect.strictest;
    widened = [];
    lacks =
      [
        { kinds = Needs.all_but [ "mvar" ]; ops = [];
          why = "an Lwt_mvar has one place" };
        { kinds = []; ops = [ "close" ]; why = "Lwt_mvar has no close" };
        { Lwt_stream_system.no_ends with
          why = "an Lwt_mvar is a value without ends: it never closes" };
        { Lwt_stream_system.no_select with
          why =
            "a take takes its value when it is called, so that Lwt.pick and \
             Lwt.choose lose those of the takes that they do not choose" };
        Lwt_stream_system.no_places;
      ];
    unavailable = None;
  }

let channel _ = Lwt_mvar.create_empty ()
let send channel v = Lwt.map (fun () -> Answer.Sent) (Lwt_mvar.put channel v)
let recv channel = Lwt.map (fun v -> Answer.Value v) (Lwt_mvar.take channel)

let try_send channel v =
  if not (Lwt_mvar.is_empty channel) then Answer.Full
  else
    let put = Lwt_mvar.put channel v in
    if Lwt.is_sleeping put then failwith "a put waits though there is room"
    else Answer.Sent

let try_recv channel =
  match Lwt_mvar.take_available channel with
  | Some v -> Answer.Value v
  | None -> Empty

let close _ = Answer.lacks "a close"
let select _ = Answer.lacks "a select"
let select_or_default _ = Answer.lacks "a select"
let release _ = ()
