(* An event is a tree, whose inner nodes are closures of OCaml's. A
   synchronisation forces the guards and so makes a list of leaves; Rust
   commits one of them; what follows from that happens here again. *)

type 'a channel = 'a Core.t

(* Each leaf carries what is made of its result, so that ['a] appears in results
   alone, which is what makes the type covariant. *)
type +'a event =
  | Send : 'm Core.t * 'm * (bool -> 'a) -> 'a event
      (** Whether it was sent; not, where the channel is closed. *)
  | Receive : 'm Core.t * ('m option -> 'a) -> 'a event
  | Always of 'a
  | After of float * (unit -> 'a)
  | Never
  | Wrap : 'b event * ('b -> 'a) -> 'a event
  | Wrap_abort of 'a event * (unit -> unit)
  | Choose of 'a event list
  | Guard of (unit -> 'a event)
  | With_nack of (unit event -> 'a event)

let new_channel () = Core.create 0
let send channel x = Send (channel, x, ignore)
let receive channel = Receive (channel, Option.get)
let always x = Always x
let never = Never
let choose events = Choose events
let wrap event f = Wrap (event, f)
let wrap_abort event f = Wrap_abort (event, f)
let guard f = Guard f
let with_nack f = With_nack f

let after seconds =
  if Float.is_nan seconds then
    invalid_arg "Chanpatterns.Event.after: expected a number of seconds";
  After (seconds, Fun.id)

let offer channel x =
  Send (channel, x, fun sent -> if sent then Ok () else Error x)

let take channel = Receive (channel, Fun.id)

(* What concerns a part of the tree, if none of its leaves is chosen. *)
type scope = {
  abort : unit -> unit;
  nack : unit Core.t option;
  mutable chosen : bool;
}

(* A leaf, and the scopes around it. [finish status] takes what it has received
   out of its table, and then runs the wraps; [undo] is for a leaf that was not
   chosen. *)
type 'a leaf = {
  describe : unit -> Stubs.leaf;
  undo : unit -> unit;
  finish : int -> 'a;
  scopes : scope list;
}

(** A leaf that has to do with no channel has this one. *)
let no_channel = Stubs.create 0

let nothing () = ()

(* The leaves that Rust knows, by their numbers in rust/src/choice.rs. *)

let send_leaf channel x k scopes =
  let token = ref 0 in
  { describe =
      (fun () ->
        token := Core.put channel x;
        (0, !token, Core.raw channel));
    undo = (fun () -> ignore (Core.take channel !token));
    finish =
      (fun status ->
        let sent = status = Stubs.done_ in
        if not sent then ignore (Core.take channel !token);
        k sent);
    scopes }

let receive_leaf channel k scopes =
  { describe = (fun () -> (1, 0, Core.raw channel));
    undo = nothing;
    finish =
      (fun status ->
        k (if status < 0 then None else Core.take channel status));
    scopes }

let other_leaf what number k scopes =
  { describe = (fun () -> (what, number, no_channel));
    undo = nothing;
    finish = (fun _ -> k ());
    scopes }

let never_leaf scopes =
  other_leaf 4 0 (fun () -> failwith "Event.never was chosen") scopes

(* A hundred years, which is never, fits into the 62 bits of an int. *)
let most_seconds = 3.2e9

let after_leaf seconds k scopes =
  if seconds > most_seconds then other_leaf 4 0 k scopes
  else
    other_leaf 3 (int_of_float (Float.max 0. seconds *. 1e9)) k scopes

(* A synchronisation that is being prepared; the last of each list is first. *)
type 'a preparation = {
  mutable leaves : 'a leaf list;
  mutable around : scope list;  (** Every scope there is. *)
}

let compose f k x = k (f x)

(** [scope all scopes] is [scopes] with a new one in front. *)
let scope all ?(abort = nothing) ?nack scopes =
  let scope = { abort; nack; chosen = false } in
  all.around <- scope :: all.around;
  scope :: scopes

(** [flatten all event k scopes] adds the leaves of [event], whose results go
    through [k], and forces the guards on the way, from left to right. *)
let rec flatten :
    type a b. a preparation -> b event -> (b -> a) -> scope list -> unit =
 fun all event k scopes ->
  let add leaf = all.leaves <- leaf :: all.leaves in
  match event with
  | Send (channel, x, f) -> add (send_leaf channel x (compose f k) scopes)
  | Receive (channel, f) -> add (receive_leaf channel (compose f k) scopes)
  | Always x -> add (other_leaf 2 0 (fun () -> k x) scopes)
  | After (seconds, f) -> add (after_leaf seconds (compose f k) scopes)
  | Never -> add (never_leaf scopes)
  | Wrap (event, f) -> flatten all event (compose f k) scopes
  | Choose events -> List.iter (fun e -> flatten all e k scopes) events
  | Guard f -> flatten all (f ()) k scopes
  | Wrap_abort (event, abort) -> flatten all event k (scope all ~abort scopes)
  | With_nack f ->
      let nack = Core.create 0 in
      let scopes = scope all ~nack scopes in
      flatten all (f (Receive (nack, ignore))) k scopes

(* A nack is a channel on which nobody sends: to close it is to make all its
   receives ready, whoever waits and whoever comes. *)
let fire_nacks all =
  let fire scope =
    if not scope.chosen then Option.iter Core.close scope.nack
  in
  List.iter fire all.around

let run_aborts all =
  List.iter (fun scope -> if not scope.chosen then scope.abort ()) all.around

let prepare event =
  let all = { leaves = []; around = [] } in
  match flatten all event Fun.id [] with
  | () -> all
  | exception e ->
      let trace = Printexc.get_raw_backtrace () in
      fire_nacks all;
      Printexc.raise_with_backtrace e trace

(** [undo leaves chosen status] takes back what the leaves have put into their
    tables: not the one that was chosen, at the place [chosen], nor any after a
    panic, when nobody knows. *)
let undo leaves chosen status =
  let committed = status >= Stubs.closed || status = Stubs.raised_sent in
  let kept = if committed then chosen else -1 in
  if status <> Stubs.panicked_ then
    List.iteri (fun place leaf -> if place <> kept then leaf.undo ()) leaves

(** What follows when [leaf] has committed. *)
let finish all leaf status =
  List.iter (fun scope -> scope.chosen <- true) leaf.scopes;
  fire_nacks all;
  let result = leaf.finish status in
  run_aborts all;
  result

(** [commit all ~wait] is the result of the leaf that was chosen, or [None] if
    none is ready and it does not wait. *)
let commit all ~wait =
  let leaves = List.rev all.leaves in
  if List.length leaves = 0 then invalid_arg "Event.choose";
  let described = List.map (fun leaf -> leaf.describe ()) leaves in
  let chosen, status = Stubs.choose described wait in
  undo leaves chosen status;
  if chosen >= 0 && status >= Stubs.closed then
    Some (finish all (List.nth leaves chosen) status)
  else begin
    fire_nacks all;
    run_aborts all;
    if status = Stubs.not_now then None else Stubs.fail status
  end

(* An event of one leaf needs no list and no choice: the operation itself does
   the same, and is faster. *)

let rec is_direct : type a. a event -> bool = function
  | Send _ | Receive _ | Always _ -> true
  | Wrap (event, _) -> is_direct event
  | _ -> false

let received channel status =
  if status < 0 then None else Core.take channel status

let rec sync : type a. a event -> a = function
  | Send (channel, x, k) ->
      k (Core.send channel x ~seconds:infinity = Stubs.done_)
  | Receive (channel, k) ->
      k (received channel (Core.recv channel ~seconds:infinity))
  | Always x -> x
  | Wrap (event, f) when is_direct event -> f (sync event)
  | Choose [ event ] -> sync event
  | Guard f -> sync (f ())
  | event -> Option.get (commit (prepare event) ~wait:true)

let rec poll : type a. a event -> a option = function
  | Send (channel, x, k) ->
      let status = Core.try_send channel x in
      if status = Stubs.not_now then None
      else Some (k (status = Stubs.done_))
  | Receive (channel, k) ->
      let status = Core.try_recv channel in
      if status = Stubs.not_now then None
      else Some (k (received channel status))
  | Always x -> Some x
  | Wrap (event, f) when is_direct event -> Option.map f (poll event)
  | Choose [ event ] -> poll event
  | Guard f -> poll (f ())
  | event -> commit (prepare event) ~wait:false

let select events = sync (Choose events)
