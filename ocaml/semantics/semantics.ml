open Program

type time = Exact | Race

(* States. Lists with names keep the order of the program, or are sorted, so
   that states that are the same are equal values. *)

(* What one wants of a channel: to send, to receive, or to take a place. *)
type wish = Give of string * int | Take of string | Place of string

(* A wish, the name for what is received, and its number in a select. *)
type arm = { wish : wish; bind : string option; number : int option }

(* What a channel answers. *)
type result = Sent | Closed | Reserved | Value of int | Lagged of int

(* A future waits until it has a result, or somebody hands it one. *)
type future = { arm : arm; result : result option; handed : bool }

type status =
  | Idle
  | Ready
  | Waiting of int option  (* until a deadline, so far away *)
  | Done
  | Failed of string

type process = {
  left : (int * operation) list;  (* the current one first, with numbers *)
  status : status;
  log : string list option;  (* the latest first; kept if it is observed *)
  bindings : (string * int) list;
  handles : ((string * side) * int) list;  (* how many of each *)
  futures : (string * future) list;  (* the latest first *)
  permits : (string * string) list;  (* with their channels *)
}

(* Who waits: a process, or a future of it. *)
type waiter = string * string option

(* What a process has yet to receive of a watch or a broadcast. *)
type inbox = { missed : int; unread : int list }

type channel = {
  kind : kind;
  closed : bool;
  buffer : int list;  (* the next one to be received first *)
  givers : waiter list;  (* who waits for a place, in order of arrival *)
  takers : waiter list;  (* who waits for a value *)
  inboxes : (string * inbox) list;  (* by process *)
}

type state = {
  channels : (string * channel) list;
  processes : (string * process) list;
}

let update key f =
  List.map (fun (k, value) -> if k = key then (k, f value) else (k, value))

let put key value list =
  List.sort compare ((key, value) :: List.remove_assoc key list)

let channel s c = List.assoc c s.channels
let process s p = List.assoc p s.processes
let on_channel c f s = { s with channels = update c f s.channels }
let on_process p f s = { s with processes = update p f s.processes }
let total f s = List.fold_left (fun sum (_, p) -> sum + f p) 0 s.processes

(* How many handles of a side live. *)
let live c side =
  total (fun p -> try List.assoc (c, side) p.handles with Not_found -> 0)

(* How many places of a channel are reserved: those of the permits. *)
let reserved c =
  let here (_, channel) = channel = c in
  total (fun p -> List.length (List.filter here p.permits))

(* Shut for senders: it was closed, or no receiver handle lives. *)
let shut s c = (channel s c).closed || live c Receiver s = 0

(* Nothing more will be sent: it was closed (and no permit outlives that), or
   no sender handle and no permit lives. *)
let over (d : Dialect.t) s c =
  if (channel s c).closed then
    not (d.permit_outlives_close && reserved c s > 0)
  else live c Sender s + reserved c s = 0

(* What a close is told: that it is not the first, or that the drop of handles
   came before it, where that counts. *)
let was_closed (d : Dialect.t) s c =
  (channel s c).closed || (d.drop_closes && (shut s c || over d s c))

let capacity = function
  | Rendezvous -> Some 0
  | Bounded n -> Some n
  | Oneshot | Mvar -> Some 1
  | Unbounded | Watch | Broadcast _ -> None

(* There is room if the buffered and the reserved are fewer than the places. *)
let room s c =
  let { kind; buffer; _ } = channel s c in
  match capacity kind with
  | None -> true
  | Some n -> List.length buffer + reserved c s < n

let shared = function Watch | Broadcast _ -> true | _ -> false

(* A watch and a broadcast have no order to keep, and hand nothing off. *)
let holds (where : Dialect.where) kind =
  match (where, capacity kind) with
  | Always, _ -> not (shared kind)
  | Narrow, Some (0 | 1) -> true
  | Never, _ | Narrow, _ -> false

let fifo (d : Dialect.t) c = holds d.fifo c.kind

(* On a rendezvous a value that was given back is always handed on. *)
let hand_off (d : Dialect.t) c =
  c.kind = Rendezvous || holds d.hand_off c.kind

(* A repeat is unfolded, which is no step. *)
let rec unfold = function
  | (n, Repeat { times; body }) :: rest ->
      let copy _ = numbered (n + 1) body in
      unfold (List.concat (List.init times copy) @ rest)
  | left -> left

(* A process goes on with what is left, or is done. *)
let go left p =
  let left = unfold left in
  { p with left; status = (if left = [] then Done else Ready) }

let advance p = go (List.tl p.left) p
let tell text p = { p with log = Option.map (List.cons text) p.log }

let learn bind v p =
  let put x = { p with bindings = put x v p.bindings } in
  Option.fold ~none:p ~some:put bind

let value p = function Number n -> n | Name x -> List.assoc x p.bindings

let arm ?number p = function
  | Send { channel; value = v } ->
      { wish = Give (channel, value p v); bind = None; number }
  | Recv { channel; bind } -> { wish = Take channel; bind; number }

(* What an operation waits for. *)
let arms p = function
  | Wait { transfer; _ } | Try transfer -> [ arm p transfer ]
  | Select { arms; _ } -> List.mapi (fun i t -> arm ~number:(i + 1) p t) arms
  | Each { channel; bind; _ } -> [ arm p (Recv { channel; bind }) ]
  | Reserve { channel = c; _ } ->
      [ { wish = Place c; bind = None; number = None } ]
  | _ -> []

(* Whether it sends no name that nothing was bound to. *)
let bound p op =
  let is_bound = function Name x -> List.mem_assoc x p.bindings | _ -> true in
  let sent = function Send { value; _ } -> is_bound value | Recv _ -> true in
  match op with
  | Wait { transfer; _ } | Try transfer | Start { transfer; _ } -> sent transfer
  | Select { arms; _ } -> List.for_all sent arms
  | Fulfil { value; _ } -> is_bound value
  | _ -> true

let on = function Give (c, _) | Take c | Place c -> c
let current p = snd (List.hd p.left)

(* What a waiter waits for. *)
let arms_of s (name, future) =
  let p = process s name in
  match future with
  | Some f -> [ (List.assoc f p.futures).arm ]
  | None -> arms p (current p)

let biased (d : Dialect.t) s (name, future) =
  match if future = None then (process s name).left else [] with
  | (_, Select { biased; _ }) :: _ -> biased || d.first_arm
  | _ -> false

(* Who begins to wait goes to the end of the queues of all its arms. Without
   FIFO the order means nothing, and is not kept. *)
let enqueue d w s =
  let join c queue =
    if List.mem w queue || shared c.kind then queue
    else if fifo d c then queue @ [ w ]
    else List.sort compare (w :: queue)
  in
  let enter s { wish; _ } =
    let enter c =
      match wish with
      | Give _ | Place _ -> { c with givers = join c c.givers }
      | Take _ -> { c with takers = join c c.takers }
    in
    on_channel (on wish) enter s
  in
  List.fold_left enter s (arms_of s w)

let withdraw w s =
  let leave = List.filter (fun other -> other <> w) in
  let all (name, c) =
    (name, { c with givers = leave c.givers; takers = leave c.takers })
  in
  { s with channels = List.map all s.channels }

(* FIFO: the first that waits is served, and nobody overtakes. *)
let in_turn d c w queue =
  match queue with first :: _ when fifo d c -> first = w | _ -> true

(* A cancelled receive gives back the value that it was handed, which is the
   next one to be received. *)
let give_back (d : Dialect.t) { arm; result; handed } s =
  let back v c = { c with buffer = v :: c.buffer } in
  match result with
  | Some (Value v) when handed && d.keeps_cancelled ->
      on_channel (on arm.wish) (back v) s
  | _ -> s

(* Failure drops handles and permits and withdraws futures, the latest first. *)
let fail d name why s =
  let cancel s (f, future) =
    give_back d future (withdraw (name, Some f) s)
  in
  let s = List.fold_left cancel s (process s name).futures in
  let status = Failed why in
  let lose p = { p with status; handles = []; futures = []; permits = [] } in
  on_process name lose (withdraw (name, None) s)

let show = function
  | Sent -> "sent"
  | Closed -> "closed"
  | Reserved -> "reserved"
  | Value v -> string_of_int v
  | Lagged n -> "lagged " ^ string_of_int n

(* A result that is no value fails a process that has a name for one. *)
let without_value d name text bind s =
  let s = on_process name (tell text) s in
  if bind = None then on_process name advance s else fail d name "no value" s

(* A process has the result of its current operation, and goes on. *)
let deliver d name arm result s =
  let p = process s name in
  let prefix = Option.map (Printf.sprintf "%d:") arm.number in
  let text = Option.value ~default:"" prefix ^ show result in
  let next f = on_process name (fun p -> f (tell text p)) s in
  match (List.hd p.left, result) with
  (* each: its body for each value, and then once more, until it is closed. *)
  | (n, Each { body; _ }), Value v ->
      next (fun p -> go (numbered (n + 1) body @ p.left) (learn arm.bind v p))
  | (_, Each _), Lagged _ -> next (fun p -> go p.left p)
  | (_, Each _), _ -> on_process name advance s
  | (_, Reserve { channel; permit }), Reserved ->
      next (fun p -> advance { p with permits = put permit channel p.permits })
  | _, Value v -> next (fun p -> advance (learn arm.bind v p))
  | _ -> without_value d name text arm.bind s

let forget f p = { p with futures = List.remove_assoc f p.futures }

(* A wish comes true: for a process, which goes on; or for a future, whose
   process goes on if it awaits it. *)
let complete d (name, future) arm result s =
  let c = channel s (on arm.wish) in
  let spent = c.kind = Oneshot && result = Sent in
  let key = (on arm.wish, Sender) in
  let spend p = { p with handles = update key pred p.handles } in
  let s = withdraw (name, future) s in
  let s = if spent then on_process name spend s else s in
  match (future, process s name) with
  | None, _ -> deliver d name arm result s
  | Some f, { status = Waiting _; left = (_, Await g) :: _; _ } when f = g ->
      deliver d name arm result (on_process name (forget f) s)
  | Some f, _ ->
      let it = { arm; result = Some result; handed = true } in
      let set p = { p with futures = update f (fun _ -> it) p.futures } in
      on_process name set s

(* A send on a watch or a broadcast: every reader has it to read. *)
let publish v c =
  let post i =
    match (c.kind, i.unread) with
    | Broadcast n, _ :: kept when List.length i.unread = n ->
        { missed = i.missed + 1; unread = kept @ [ v ] }
    | Broadcast _, unread -> { i with unread = unread @ [ v ] }
    | _ -> { missed = 0; unread = [ v ] }
  in
  { c with inboxes = List.map (fun (p, i) -> (p, post i)) c.inboxes }

(* A receive on one: what its process reads next, and what is left then. *)
let read = function
  | { missed = n; _ } as i when n > 0 -> Some (Lagged n, { i with missed = 0 })
  | { unread = v :: unread; _ } as i -> Some (Value v, { i with unread })
  | { unread = []; _ } -> None

(* Of the ways of several arms: those of the first that has any, or of all. *)
let choose ~biased ways =
  if biased then Option.value ~default:[] (List.find_opt (( <> ) []) ways)
  else List.concat ways

(* Rendezvous: who arrives meets one who waits, the first under FIFO. Nothing
   meets where either could only be told that it is closed. *)
let meet d w arm s =
  let name = on arm.wish in
  let c = channel s name in
  let with_arm other theirs =
    let both mine their =
      let s = complete d w arm mine s in
      [ (Some (fst other), complete d other theirs their s) ]
    in
    match (arm.wish, theirs.wish) with
    | Give (_, v), Take c when c = name -> both Sent (Value v)
    | Take _, Give (c, v) when c = name -> both (Value v) Sent
    | _ -> []
  in
  let with_waiter other =
    let ways = List.map (with_arm other) (arms_of s other) in
    choose ~biased:(biased d s other) ways
  in
  let queue = match arm.wish with Take _ -> c.givers | _ -> c.takers in
  match queue with
  | _ when c.kind <> Rendezvous || shut s name || over d s name -> []
  | first :: _ when fifo d c -> with_waiter first
  | all -> List.concat_map with_waiter all

(* The ways in which an arm gets what it wants: whom it meets, and the state. *)
let moves d ~arrives w arm s =
  let name = on arm.wish in
  let c = channel s name in
  let alone result change =
    [ (None, complete d w arm result (on_channel name change s)) ]
  in
  match (arm.wish, c.buffer) with
  (* On a channel that is shut nothing is appended. *)
  | (Give _ | Place _), _ when shut s name -> []
  (* A send on a watch or a broadcast never waits. *)
  | Give (_, v), _ when shared c.kind -> alone Sent (publish v)
  (* A send with room is appended. *)
  | Give (_, v), _ when room s name && in_turn d c w c.givers ->
      alone Sent (fun c -> { c with buffer = c.buffer @ [ v ] })
  (* A reservation takes a place. *)
  | Place _, _ when room s name && in_turn d c w c.givers ->
      alone Reserved Fun.id
  (* A receive on a watch or a broadcast reads what its process has not. *)
  | Take _, _ when shared c.kind -> (
      match read (List.assoc (fst w) c.inboxes) with
      | None -> []
      | Some (result, rest) ->
          let inboxes = update (fst w) (fun _ -> rest) c.inboxes in
          alone result (fun c -> { c with inboxes }))
  (* A receive takes the first value. *)
  | Take _, v :: buffer ->
      if in_turn d c w c.takers then
        alone (Value v) (fun c -> { c with buffer })
      else []
  | Place _, _ -> []
  | _ -> if arrives then meet d w arm s else []

(* A send on what is shut is [closed], or fails its process, or waits. *)
let refuse (d : Dialect.t) name closed s =
  match d.send_on_closed with
  | Error -> [ closed s ]
  | Fails -> [ fail d name "send on closed" s ]
  | Waits -> []

(* All ways of a waiter, each with the number of its arm: an arm moves, or it
   is a send on what is shut or a receive on what has ended. *)
let ways d ~arrives w s =
  let of_arm arm =
    let c = channel s (on arm.wish) and closed = complete d w arm Closed in
    let refused =
      match arm.wish with
      | (Give _ | Place _) when shut s (on arm.wish) ->
          refuse d (fst w) closed s
      | Take name when over d s name && c.buffer = [] -> [ closed s ]
      | _ -> []
    in
    let found =
      match moves d ~arrives w arm s with
      | [] -> List.map (fun s -> (None, s)) refused
      | moves -> moves
    in
    List.map (fun (partner, s) -> (arm.number, partner, s)) found
  in
  choose ~biased:(biased d s w) (List.map of_arm (arms_of s w))

(* Hand-off: who waits for what there is gets it in the same step; in any
   order, where there is none. *)
let rec settle d s =
  let handing = List.filter (fun (_, c) -> hand_off d c) s.channels in
  let queues (_, c) = c.givers @ c.takers in
  let serve w =
    let here arm = List.mem_assoc (on arm.wish) handing in
    let moves arm = moves d ~arrives:false w arm s in
    let ways = List.map moves (List.filter here (arms_of s w)) in
    choose ~biased:(biased d s w) ways
  in
  let waiters = List.sort_uniq compare (List.concat_map queues handing) in
  match List.concat_map serve waiters with
  | [] -> [ s ]
  | served -> List.concat_map (fun (_, s) -> settle d s) served

type event =
  | Waits
  | Completes of { arm : int option; partner : string option }
  | Strikes
  | Moves of int

type label = { who : string; arrives : bool; event : event }

let completes = Completes { arm = None; partner = None }
let of_way (arm, partner, s) = (Completes { arm; partner }, s)

let ended s p =
  match (process s p).status with Done | Failed _ -> true | _ -> false

let wait deadline p = { p with status = Waiting deadline }

(* A ready process takes its next operation: it arrives. *)
let arrive (d : Dialect.t) name s =
  let p = process s name in
  let set f s = on_process name f s in
  let next f s = [ (completes, set (fun p -> advance (f p)) s) ] in
  let waits ?deadline () =
    [ (Waits, enqueue d (name, None) (set (wait deadline) s)) ]
  in
  let ways_or otherwise ~arrives w s =
    match ways d ~arrives w s with
    | [] -> otherwise ()
    | found -> List.map of_way found
  in
  let attempt otherwise = ways_or otherwise ~arrives:true (name, None) s in
  let count change key p = { p with handles = update key change p.handles } in
  let used permit p =
    { p with permits = List.remove_assoc permit p.permits }
  in
  match current p with
  | op when not (bound p op) -> [ (completes, fail d name "no value" s) ]
  | Wait { within; _ } -> attempt (waits ?deadline:within)
  | Each _ | Reserve _ -> attempt waits
  | Try (Send _) -> attempt (fun () -> next (tell "full") s)
  | Try (Recv { bind; _ }) ->
      attempt (fun () -> [ (completes, without_value d name "empty" bind s) ])
  | Select { default = true; _ } -> attempt (fun () -> next (tell "default") s)
  | Select { after; _ } -> attempt (waits ?deadline:after)
  | Close c ->
      let was = was_closed d s c in
      let s = on_channel c (fun c -> { c with closed = true }) s in
      if not was then next (tell "closed") s
      else if d.close_twice = Already then next (tell "already") s
      else [ (completes, fail d name "closed twice" s) ]
  | Drop (c, side) -> next (count pred (c, side)) s
  | Clone (c, side) -> next (count succ (c, side)) s
  (* The future arrives, and completes or waits; its process goes on. *)
  | Start { future; transfer } ->
      let it = { arm = arm p transfer; result = None; handed = false } in
      let add p = advance { p with futures = (future, it) :: p.futures } in
      let own p =
        let own it = { it with handed = false } in
        { p with futures = update future own p.futures }
      in
      let s = set add s and w = (name, Some future) in
      ways_or (fun () -> [ (Waits, enqueue d w s) ]) ~arrives:true w s
      |> List.map (fun (event, s) -> (event, set own s))
  (* The future has a result; or it completes now, in its turn; or it waits,
     and its process too. *)
  | Await f -> (
      match List.assoc f p.futures with
      | { result = Some result; arm; _ } ->
          [ (completes, deliver d name arm result (set (forget f) s)) ]
      | { result = None; _ } ->
          let s = set (wait None) s in
          ways_or (fun () -> [ (Waits, s) ]) ~arrives:false (name, Some f) s)
  (* The future is withdrawn, its value is given back, or this is its result. *)
  | Cancel f ->
      let future = List.assoc f p.futures in
      let text =
        match future with
        | { result = None; _ } -> "cancelled"
        | { result = Some (Value _); handed = true; _ } -> "cancelled"
        | { result = Some result; _ } -> show result
      in
      let s = give_back d future (withdraw (name, Some f) s) in
      next (fun p -> tell text (forget f p)) s
  (* The value is appended in the place that was taken, if one was. *)
  | Fulfil { permit; _ } when not (List.mem_assoc permit p.permits) ->
      next (tell "closed") s
  | Fulfil { permit; value = v } ->
      let c = List.assoc permit p.permits and v = value p v in
      let closed = set (fun p -> advance (tell "closed" (used permit p))) in
      let append c = { c with buffer = c.buffer @ [ v ] } in
      let late = (channel s c).closed && not d.permit_outlives_close in
      if not (late || live c Receiver s = 0) then
        next (fun p -> tell "sent" (used permit p)) (on_channel c append s)
      else if d.send_on_closed = Waits then waits ()
      else List.map (fun s -> (completes, s)) (refuse d name closed s)
  | Release permit -> next (used permit) s
  | Sleep duration -> waits ~deadline:duration ()
  | Spawn other -> next Fun.id (on_process other (fun p -> go p.left p) s)
  | Join other -> if ended s other then next Fun.id s else waits ()
  | Repeat _ -> assert false (* It was unfolded. *)

(* A waiting operation completes once it can. *)
let resume d name s =
  let ways future = List.map of_way (ways d ~arrives:false (name, future) s) in
  match current (process s name) with
  | Join other when ended s other -> [ (completes, on_process name advance s) ]
  | Await f -> ways (Some f)
  | _ -> ways None

(* A deadline gives [timeout]; it takes nothing. *)
let strike d name s =
  let s = withdraw (name, None) s in
  match current (process s name) with
  | Sleep _ -> on_process name advance s
  | Wait { transfer = Recv { bind; _ }; _ } ->
      without_value d name "timeout" bind s
  | _ -> without_value d name "timeout" None s

(* Exact: the clock moves, when nothing else can, to the next deadline. *)
let move_clock s =
  let deadline p = match p.status with Waiting d -> d | _ -> None in
  let deadlines = List.filter_map (fun (_, p) -> deadline p) s.processes in
  match List.sort compare deadlines with
  | [] -> []
  | next :: _ ->
      let sooner (name, p) =
        match deadline p with
        | Some d -> (name, wait (Some (d - next)) p)
        | None -> (name, p)
      in
      let label = { who = "clock"; arrives = false; event = Moves next } in
      [ (label, { s with processes = List.map sooner s.processes }) ]

let steps d time s =
  let of_process (who, p) =
    let found =
      match p.status with
      | Ready -> arrive d who s
      (* Race: a deadline may strike at any step; exact: when it is due. *)
      | Waiting (Some far) when time = Race || far = 0 ->
          (Strikes, strike d who s) :: resume d who s
      | Waiting _ -> resume d who s
      | Idle | Done | Failed _ -> []
    in
    let label event = { who; arrives = p.status = Ready; event } in
    let served (event, s) =
      List.map (fun s -> (label event, s)) (settle d s)
    in
    List.concat_map served found
  in
  match List.concat_map of_process s.processes with
  | [] when time = Exact -> move_clock s
  | found -> found

(* A process owns from the beginning what handles its text uses, and begins
   with the program unless another one spawns it. *)
let initial (program : Program.t) =
  let spawned = Program.spawned program and observe = program.observe in
  let process (p : Program.process) =
    let log = if observe = [] || List.mem p.name observe then Some [] else None
    and handles = List.map (fun side -> (side, 1)) (Program.handles p)
    and left = unfold (numbered 1 p.operations) in
    let idle =
      { left; status = Idle; log; handles; bindings = []; futures = [];
        permits = [] }
    in
    (p.name, if List.mem p.name spawned then idle else go left idle)
  in
  let channel (name, kind) =
    let reads p = List.mem (name, Receiver) (Program.handles p) in
    let inbox (p : Program.process) =
      (p.name, { missed = 0; unread = [] })
    in
    let readers = List.filter reads program.processes in
    let inboxes = if shared kind then List.map inbox readers else [] in
    ( name,
      { kind; closed = false; buffer = []; givers = []; takers = []; inboxes }
    )
  in
  { channels = List.map channel program.channels;
    processes = List.map process program.processes }

type ending = Is_done | Is_idle | Has_failed of string | Waits_at of int
type outcome = (string * (string list * ending)) list

(* The log and the end of each process that is observed. *)
let outcome s =
  let ending p =
    match (p.status, p.left) with
    | Idle, _ -> Is_idle
    | Failed why, _ -> Has_failed why
    | (Ready | Waiting _), (n, _) :: _ -> Waits_at n
    | _ -> Is_done
  in
  let of_process (name, p) =
    let observed log = (name, (List.rev log, ending p)) in
    Option.map observed p.log
  in
  List.filter_map of_process s.processes

(* What tells most states apart, as a number. *)
let hash s =
  let of_channel (_, c) = (c.buffer, c.closed, c.givers, c.takers) in
  let of_process (_, p) =
    let log = Option.value ~default:[] p.log in
    (List.length p.left, p.status, List.length log, log)
  in
  Hashtbl.hash_param 200 250
    (List.map of_process s.processes, List.map of_channel s.channels)
