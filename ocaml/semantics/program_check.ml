open Program
open Json_read

(* What a process has at a place of its text. *)
type scope = {
  self : string;
  handles : ((string * side) * int) list;
  values : string list;
  futures : (string * string option) list;  (* with the name that it binds *)
  permits : string list;
}

let sentence = function Sender -> "sender" | Receiver -> "receiver"

let known path what names name =
  if not (List.mem name names) then
    mistake path "expected %s, found %S" what name

(* Words that would be read as something else where a name may stand. *)
let reserved =
  [ "after"; "channel"; "default"; "observe"; "or"; "program"; "shows";
    "within" ]

let is_name name =
  let letter c = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') in
  let plain c = letter c || ('0' <= c && c <= '9') || c = '_' in
  name <> "" && letter name.[0]
  && List.for_all plain (List.of_seq (String.to_seq name))
  && not (List.mem name reserved)

(* What a program is called, and what it shows, can stand in a line. *)
let heading (program : Program.t) =
  let any test text = List.exists test (List.of_seq (String.to_seq text)) in
  if program.name = "" || any (fun c -> c <= ' ') program.name then
    mistake "$.name" "expected a word, found %S" program.name;
  if String.trim program.shows <> program.shows
     || any (fun c -> c < ' ') program.shows
  then
    mistake "$.shows" "expected a line without spaces around it, found %S"
      program.shows;
  if program.processes = [] then
    mistake "$.processes" "expected a process, found none"

let once path what names =
  let check i name =
    if not (is_name name) then
      mistake (path i)
        "expected a name (a letter, then letters, digits and underscores; no \
         reserved word), found %S"
        name;
    if List.mem name (List.filteri (fun j _ -> j < i) names) then
      mistake (path i) "there is already a %s %S" what name
  in
  List.iteri check names

let operation_path path i = Printf.sprintf "%s[%d]" path i

(* Every name that the process binds, with where. *)
let rec bound path operations =
  let of_transfer path = function
    | Recv { bind = Some name; _ } -> [ (path ^ ".bind", name) ]
    | Recv _ | Send _ -> []
  in
  let of_operation i op =
    let path = operation_path path i in
    let transfer t = of_transfer (path ^ ".transfer") t in
    let own =
      match op with
      | Wait { transfer = t; _ } | Try t -> transfer t
      | Select { arms; _ } ->
          let arm k t = of_transfer (Printf.sprintf "%s.arms[%d]" path k) t in
          let by_name (_, a) (_, b) = compare a b in
          List.sort_uniq by_name (List.concat (List.mapi arm arms))
      | Each { bind = Some name; _ } -> [ (path ^ ".bind", name) ]
      | Start { future; transfer = t } ->
          (path ^ ".future", future) :: transfer t
      | Reserve { permit; _ } -> [ (path ^ ".permit", permit) ]
      | _ -> []
    in
    own @ bound (path ^ ".body") (body op)
  in
  List.concat (List.mapi of_operation operations)

let adjust by key scope =
  let handles =
    List.map
      (fun (k, n) -> (k, if k = key then n + by else n))
      scope.handles
  in
  { scope with handles }

let learn bind scope =
  match bind with
  | Some name ->
      { scope with values = List.sort_uniq compare (name :: scope.values) }
  | None -> scope

let kind program path channel =
  known path "the name of a channel" (List.map fst program.channels) channel;
  List.assoc channel program.channels

let use program path (channel, side) scope =
  ignore (kind program path channel);
  if List.assoc (channel, side) scope.handles <= 0 then
    mistake path "the process has no %s handle of %S left here" (sentence side)
      channel

let value path scope = function
  | Number _ -> ()
  | Name x ->
      known path "an integer, or a name that a receive before it binds"
        scope.values x

let transfer program path scope t =
  match t with
  | Send { channel; value = v } ->
      let at = path ^ ".channel" in
      use program at (channel, Sender) scope;
      value (path ^ ".value") scope v;
      if kind program at channel = Oneshot then
        adjust (-1) (channel, Sender) scope
      else scope
  | Recv { channel; _ } ->
      use program (path ^ ".channel") (channel, Receiver) scope;
      scope

let binds = function Recv { bind; _ } -> bind | Send _ -> None

(* The body of an each may run any number of times: what counts, or is used up,
   has no place in it. *)
let rec plain_body path operations =
  let check i op =
    let path = operation_path (path ^ ".body") i in
    match op with
    | Drop _ | Clone _ | Start _ | Await _ | Cancel _ | Reserve _ | Fulfil _
    | Release _ | Spawn _ ->
        mistake path "expected an operation that may stand in an each"
    | _ -> plain_body path (body op)
  in
  List.iteri check operations

(* The scope after operations that begin in this one. *)
let rec walk program path scope operations =
  let step (i, scope) op =
    (i + 1, operation program (operation_path path i) scope op)
  in
  snd (List.fold_left step (0, scope) operations)

and operation program path scope op =
  let future f =
    let what = "a future that was started and not yet used" in
    known (path ^ ".future") what (List.map fst scope.futures) f;
    { scope with futures = List.remove_assoc f scope.futures }
  in
  let permit p =
    let what = "a permit that was reserved and not yet used" in
    known (path ^ ".permit") what scope.permits p;
    { scope with permits = List.filter (fun q -> q <> p) scope.permits }
  in
  let unchanged what before after =
    if after.futures <> before.futures || after.permits <> before.permits then
      mistake (path ^ ".body")
        "expected each future and permit that begins within the body of %s to \
         be used up in it, and no other"
        what
  in
  match op with
  | Wait { transfer = t; _ } | Try t ->
      learn (binds t) (transfer program (path ^ ".transfer") scope t)
  | Select { arms; default; after; _ } ->
      if arms = [] then mistake (path ^ ".arms") "expected an arm, found none";
      if default && after <> None then
        mistake (path ^ ".after") "expected no deadline beside a default";
      let at k = Printf.sprintf "%s.arms[%d]" path k in
      let never_waits k = function
        | Send { channel; _ }
          when List.assoc_opt channel program.channels = Some Oneshot ->
            mistake (at k) "expected no send on the oneshot %S: it never waits"
              channel
        | Send _ | Recv _ -> ()
      in
      List.iteri never_waits arms;
      let arm k t = transfer program (at k) scope t in
      let after_arms = List.mapi arm arms in
      let fewest (key, n) =
        let least m s = min m (List.assoc key s.handles) in
        (key, List.fold_left least n after_arms)
      in
      let handles = List.map fewest scope.handles in
      List.fold_left
        (fun scope t -> learn (binds t) scope)
        { scope with handles } arms
  | Each { channel; bind; body } ->
      use program (path ^ ".channel") (channel, Receiver) scope;
      plain_body path body;
      ignore (walk program (path ^ ".body") (learn bind scope) body);
      scope
  | Repeat { times; _ } when times < 1 ->
      mistake (path ^ ".times") "expected a number from 1 on, found %d" times
  | Repeat { times; body } ->
      let walk scope = walk program (path ^ ".body") scope body in
      let first = walk scope in
      unchanged "a repeat" scope first;
      (* The last time has the fewest handles, if any time has fewer. *)
      let last (key, n) =
        let each = n - List.assoc key scope.handles in
        (key, max 0 (n + ((times - 2) * each)))
      in
      if times = 1 then first
      else walk { first with handles = List.map last first.handles }
  | Close channel ->
      ignore (kind program (path ^ ".channel") channel);
      scope
  | Drop (channel, side) ->
      use program (path ^ ".channel") (channel, side) scope;
      adjust (-1) (channel, side) scope
  | Clone (channel, side) ->
      use program (path ^ ".channel") (channel, side) scope;
      adjust 1 (channel, side) scope
  | Start { future; transfer = t } ->
      let scope = transfer program (path ^ ".transfer") scope t in
      let futures =
        List.sort compare ((future, binds t) :: scope.futures)
      in
      { scope with futures }
  | Await f ->
      let after = future f in
      learn (List.assoc f scope.futures) after
  | Cancel f -> future f
  | Reserve { channel; permit } -> (
      let at = path ^ ".channel" in
      use program at (channel, Sender) scope;
      match kind program at channel with
      | Bounded _ | Unbounded | Mvar ->
          let permits = List.sort compare (permit :: scope.permits) in
          { scope with permits }
      | Rendezvous | Oneshot | Watch | Broadcast _ ->
          mistake at
            "expected a bounded or unbounded channel or an mvar: %S has no \
             places to reserve"
            channel)
  | Fulfil { permit = p; value = v } ->
      let after = permit p in
      value (path ^ ".value") scope v;
      after
  | Release p -> permit p
  | Spawn p | Join p ->
      let name (p : process) = p.name in
      let processes = List.map name program.processes in
      known (path ^ ".process") "the name of a process" processes p;
      if p = scope.self then
        mistake (path ^ ".process") "expected another process than %S" p;
      scope
  | Sleep _ -> scope

(* Where something is done that may be done in one place of the whole program,
   outside of every body: sends on oneshots, and spawns. *)
let rec single program path ~inside operations =
  let of_operation i op =
    let path = operation_path path i in
    let sends part = function
      | Send { channel; _ }
        when List.assoc_opt channel program.channels = Some Oneshot ->
          [ (path ^ part ^ ".channel", "a send on the oneshot", channel) ]
      | Send _ | Recv _ -> []
    in
    let own =
      match op with
      | Wait { transfer = t; _ } | Try t | Start { transfer = t; _ } ->
          sends ".transfer" t
      | Select { arms; _ } ->
          let arm k t = sends (Printf.sprintf ".arms[%d]" k) t in
          List.concat (List.mapi arm arms)
      | Spawn p -> [ (path ^ ".process", "a spawn of", p) ]
      | _ -> []
    in
    let refuse (path, what, name) =
      mistake path "expected %s %S outside of every body" what name
    in
    if inside then List.iter refuse own;
    own @ single program (path ^ ".body") ~inside:true (body op)
  in
  List.concat (List.mapi of_operation operations)

let program_mistakes (program : Program.t) =
  let at field i = Printf.sprintf "$.%s[%d]" field i in
  let named field i = at field i ^ ".name" in
  let processes = List.map (fun (p : process) -> p.name) program.processes in
  once (named "channels") "channel" (List.map fst program.channels);
  once (named "processes") "process" processes;
  once (at "observe") "observed process" program.observe;
  List.iteri
    (fun i -> known (at "observe" i) "the name of a process" processes)
    program.observe;
  let operations i = at "processes" i ^ ".operations" in
  let of_process i (p : process) =
    let names = bound (operations i) p.operations in
    once (fun k -> fst (List.nth names k)) "name" (List.map snd names);
    let own side = (side, 1) in
    let scope =
      { self = p.name; handles = List.map own (Program.handles p); values = [];
        futures = []; permits = [] }
    in
    ignore (walk program (operations i) scope p.operations)
  in
  List.iteri of_process program.processes;
  let places i (p : process) =
    single program (operations i) ~inside:false p.operations
  in
  let check seen (path, what, name) =
    if List.mem (what, name) seen then
      mistake path "expected only one place with %s %S" what name;
    (what, name) :: seen
  in
  ignore
    (List.fold_left check []
       (List.concat (List.mapi places program.processes)))

(* Which channels a loop feeds, for each that it receives from. *)
let rec feeds from operations =
  let sent = function Send { channel; _ } -> [ channel ] | Recv _ -> [] in
  let of_operation op =
    let own =
      match op with
      | Wait { transfer = t; _ } | Try t -> sent t
      | Select { arms; _ } -> List.concat_map sent arms
      | _ -> []
    in
    let from' = match op with Each { channel; _ } -> channel :: from | _ -> from in
    List.concat_map (fun c -> List.map (fun d -> (c, d)) own) from
    @ feeds from' (body op)
  in
  List.concat_map of_operation operations

(* No loop feeds, itself or through others, the channel that it receives from:
   it might never end. *)
let loops_end (program : Program.t) =
  let all = List.concat_map (fun (p : process) -> feeds [] p.operations) in
  let edges = all program.processes in
  let step from = List.filter_map (fun (c, d) -> if c = from then Some d else None) edges in
  let rec reaches seen = function
    | [] -> seen
    | c :: rest when List.mem c seen -> reaches seen rest
    | c :: rest -> reaches (c :: seen) (step c @ rest)
  in
  let check (c, _) =
    if List.mem c (reaches [] (step c)) then
      mistake "$.processes" "expected no loop that feeds %S, from which it receives" c
  in
  List.iter check edges

(* Nobody is spawned by itself through others. *)
let spawns_end (program : Program.t) =
  let spawned (p : process) =
    List.filter_map (function Spawn q -> Some q | _ -> None) p.operations
  in
  let of_name name = List.find (fun (p : process) -> p.name = name) program.processes in
  let rec below depth name =
    if depth = 0 then mistake "$.processes" "expected no process that spawns itself"
    else List.iter (below (depth - 1)) (spawned (of_name name))
  in
  let all = program.processes in
  List.iter (fun (p : process) -> below (List.length all + 1) p.name) all

let check program =
  let program_mistakes program =
    heading program;
    program_mistakes program;
    loops_end program;
    spawns_end program
  in
  match program_mistakes program with
  | () -> Ok ()
  | exception Mistake text -> Error text
