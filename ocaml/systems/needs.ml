open Meaning.Program

type need = string option * string
type rule = { kinds : string list; ops : string list; why : string }

let kind = function
  | Rendezvous -> "rendezvous"
  | Bounded _ -> "bounded"
  | Unbounded -> "unbounded"
  | Oneshot -> "oneshot"
  | Mvar -> "mvar"
  | Watch -> "watch"
  | Broadcast _ -> "broadcast"

let kinds =
  [ "rendezvous"; "bounded"; "unbounded"; "oneshot"; "mvar"; "watch";
    "broadcast" ]

let all_but some = List.filter (fun k -> not (List.mem k some)) kinds
let verb = function Send _ -> "send" | Recv _ -> "recv"

(* What an operation needs: channels, with verbs. [begun] has the transfer of
   each future, and the channel of each permit. *)
let of_operation ~futures ~permits op =
  let transfer before after t =
    (Some (channel_of t), before ^ verb t ^ after)
  in
  match op with
  | Wait { transfer = t; within = None } -> [ transfer "" "" t ]
  | Wait { transfer = t; within = Some _ } -> [ transfer "" "_within" t ]
  | Try t -> [ transfer "try_" "" t ]
  | Select { arms; biased; default; after } ->
      let also condition what =
        let on t = (Some (channel_of t), what) in
        if condition then List.map on arms else []
      in
      List.map (transfer "select_" "") arms
      @ also default "select_default"
      @ also (after <> None) "select_after"
      @ also biased "select_biased"
  | Each { channel; _ } -> [ (Some channel, "each") ]
  | Close channel -> [ (Some channel, "close") ]
  | Drop (channel, Sender) -> [ (Some channel, "drop_sender") ]
  | Drop (channel, Receiver) -> [ (Some channel, "drop_receiver") ]
  | Clone (channel, Sender) -> [ (Some channel, "clone_sender") ]
  | Clone (channel, Receiver) -> [ (Some channel, "clone_receiver") ]
  | Start { transfer = t; _ } -> [ transfer "start_" "" t ]
  | Cancel f -> [ transfer "cancel_" "" (List.assoc f futures) ]
  | Reserve { channel; _ } -> [ (Some channel, "reserve") ]
  | Fulfil { permit; _ } -> [ (Some (List.assoc permit permits), "fulfil") ]
  | Release permit -> [ (Some (List.assoc permit permits), "release") ]
  | Sleep _ -> [ (None, "sleep") ]
  | Spawn _ -> [ (None, "spawn") ]
  | Join _ -> [ (None, "join") ]
  | Await _ | Repeat _ -> []

let of_process process =
  let all = within process.operations in
  let future = function
    | Start { future; transfer } -> Some (future, transfer)
    | _ -> None
  and permit = function
    | Reserve { channel; permit } -> Some (permit, channel)
    | _ -> None
  in
  let futures = List.filter_map future all
  and permits = List.filter_map permit all in
  List.concat_map (of_operation ~futures ~permits) all

(* Sides that more than one process has a handle of. *)
let shared program =
  let sides = List.concat_map handles program.processes in
  let often side = List.length (List.filter (( = ) side) sides) > 1 in
  let what = function
    | channel, Sender -> (Some channel, "many_senders")
    | channel, Receiver -> (Some channel, "many_receivers")
  in
  List.map what (List.filter often sides)

let opposite = function Sender -> Receiver | Receiver -> Sender

let drop_of = function
  | channel, Sender -> (Some channel, "drop_sender")
  | channel, Receiver -> (Some channel, "drop_receiver")

(* Nobody has a handle of the one side: who is at the other is told so from the
   beginning. *)
let one_sided program =
  let sides = List.concat_map handles program.processes in
  let missing (channel, side) =
    let other = (channel, opposite side) in
    if List.mem other sides then None else Some (drop_of other)
  in
  List.filter_map missing sides

(* Why a process may fail: a channel was closed, or the time was over. *)
type cause = Close_of of string | Other

(* Why an operation may fail its process; [closed] are the channels that are
   closed by somebody. *)
let causes (d : Meaning.Dialect.t) closed op =
  let of_close c = if List.mem c closed then [ Close_of c ] else [] in
  let transfer = function
    | Send { channel; _ } when d.send_on_closed = Fails -> of_close channel
    | Recv { channel; bind = Some _ } -> of_close channel
    | Send _ | Recv _ -> []
  in
  let binds = function Recv { bind = Some _; _ } -> true | _ -> false in
  let late t = if binds t then [ Other ] else [] in
  match op with
  | Try t | Wait { transfer = t; within = Some _ } -> late t @ transfer t
  | Wait { transfer = t; within = None } | Start { transfer = t; _ } ->
      transfer t
  | Select { arms; default; after; _ } ->
      let may_not_bind = default || after <> None in
      (if may_not_bind then List.concat_map late arms else [])
      @ List.concat_map transfer arms
  | Close c when d.close_twice = Fail -> of_close c
  | _ -> []

(* Who may fail drops its handles, which is told if they are the last ones; not
   where the close was told that made it fail. *)
let told_by_failure d program =
  let all p = within p.operations in
  let close = function Close c -> Some c | _ -> None in
  let closed =
    List.filter_map close (List.concat_map all program.processes)
  in
  let of_process process =
    let causes = List.concat_map (causes d closed) (all process) in
    let others = List.filter (( <> ) process) program.processes in
    let theirs = List.concat_map handles others in
    let is_told (channel, side) =
      List.exists (( <> ) (Close_of channel)) causes
      && (not (List.mem (channel, side) theirs))
      && List.mem (channel, opposite side) theirs
    in
    List.map drop_of (List.filter is_told (handles process))
  in
  List.concat_map of_process program.processes

let of_program dialect program =
  let kind_of channel = kind (List.assoc channel program.channels) in
  List.concat_map of_process program.processes
  @ shared program @ one_sided program @ told_by_failure dialect program
  |> List.map (fun (channel, op) -> (Option.map kind_of channel, op))
  |> List.sort_uniq compare

let matches rule (kind, op) =
  let kind_matches =
    match kind with
    | None -> rule.kinds = []
    | Some kind -> rule.kinds = [] || List.mem kind rule.kinds
  in
  kind_matches && (rule.ops = [] || List.mem op rule.ops)

let missing rules needs =
  let applies rule = List.exists (matches rule) needs in
  Option.map (fun rule -> rule.why) (List.find_opt applies rules)
