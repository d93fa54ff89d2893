(** [Domainslib.Chan], with a domain for each process: OCaml 5 alone.

    How the library says things:
    - [make_bounded 0] is a rendezvous, [make_bounded n] has [n] places,
      [make_unbounded] is never full;
    - a try is [send_poll], [recv_poll]: [false] is {e full}, [None] is
      {e empty};
    - there is no close, and nobody is told that the other side has gone. *)

module Chan = Channels.Domains.Chan

type 'a io = 'a
type channel = int Chan.t

let unavailable =
  match Channels.Domains.available with
  | Error why -> Some why
  | Ok () -> Kernel_thread.unavailable ()

let about =
  {
    About.name = "domainslib";
    version = Versions.domainslib;
    driver = "threads";
    time = Exact;
    dialect = Meaning.Dialect.strictest;
    widened = [];
    lacks =
      [
        { kinds = Needs.all_but [ "rendezvous"; "bounded"; "unbounded" ];
          ops = [];
          why = "a Chan is a rendezvous, bounded or unbounded" };
        { kinds = []; ops = [ "close" ]; why = "Chan has no close" };
        { Lwt_stream_system.no_ends with
          why =
            "a Chan is a value without ends, and nobody is told who has gone"
        };
        { kinds = []; ops = [ "send_within"; "recv_within"; "select_after" ];
          why = "Chan has no deadlines" };
        { Lwt_stream_system.no_select with why = "Chan has no select" };
        { kinds = [];
          ops = [ "start_send"; "start_recv"; "cancel_send"; "cancel_recv" ];
          why =
            "send and recv block their domain: nothing is begun and awaited \
             later" };
        Lwt_stream_system.no_places;
      ];
    unavailable;
  }

let channel = function
  | Meaning.Program.Rendezvous -> Chan.make_bounded 0
  | Bounded n -> Chan.make_bounded n
  | Unbounded -> Chan.make_unbounded ()
  | _ -> Answer.lacks "that kind"

let send channel v =
  Chan.send channel v;
  Answer.Sent

let recv channel = Answer.Value (Chan.recv channel)

let try_send channel v =
  if Chan.send_poll channel v then Answer.Sent else Full

let try_recv channel =
  match Chan.recv_poll channel with Some v -> Answer.Value v | None -> Empty

let close _ = Answer.lacks "a close"
let select _ = Answer.lacks "a select"
let select_or_default _ = Answer.lacks "a select"

(* On an unbounded channel a send succeeds though nobody waits: it is enough to
   wake one of those who do for each process that there may be. *)
let release channel =
  let rec drain () = if Chan.recv_poll channel <> None then drain () in
  drain ();
  let rec fill left =
    if left > 0 && Chan.send_poll channel 0 then fill (left - 1)
  in
  fill 16
