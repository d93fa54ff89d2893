(** A program from its JSON form. What it means, {!Program_check} looks at. *)

open Program
open Json_read

let time = integer ~least:0 ~most:0xFFFF_FFFF

let kind j =
  let capacity = option j "capacity" (integer ~least:1 ~most:255) in
  match (the j "kind" string, capacity) with
  | "rendezvous", None -> Rendezvous
  | "bounded", Some n -> Bounded n
  | "unbounded", None -> Unbounded
  | "oneshot", None -> Oneshot
  | "mvar", None -> Mvar
  | "watch", None -> Watch
  | "broadcast", Some n -> Broadcast n
  | ("bounded" | "broadcast"), None -> mistake j.path "capacity is missing"
  | (("rendezvous" | "unbounded" | "oneshot" | "mvar" | "watch") as kind),
    Some _ ->
      mistake (j.path ^ ".capacity") "a %s has no capacity" kind
  | kind, _ ->
      mistake (j.path ^ ".kind")
        "expected rendezvous, bounded, unbounded, oneshot, mvar, watch or \
         broadcast, found %S"
        kind

let channel j =
  ignore (members ~known:[ "name"; "kind"; "capacity" ] j);
  (the j "name" string, kind j)

let side = word [ ("sender", Sender); ("receiver", Receiver) ]

let value j =
  match j.value with
  | `Int n -> Number n
  | `String name -> Name name
  | _ -> wrong j "an integer or a name"

let transfer j =
  let only known = ignore (members ~known:("do" :: known) j) in
  match the j "do" string with
  | "send" ->
      only [ "channel"; "value" ];
      Send { channel = the j "channel" string; value = the j "value" value }
  | "recv" ->
      only [ "channel"; "bind" ];
      Recv { channel = the j "channel" string; bind = option j "bind" string }
  | other -> mistake (j.path ^ ".do") "expected send or recv, found %S" other

let rec operation j =
  let only known = ignore (members ~known:("op" :: known) j) in
  let name key = the j key string in
  let one key = only [ key ]; name key in
  let of_side () =
    only [ "channel"; "side" ];
    (name "channel", the j "side" side)
  in
  match name "op" with
  | "wait" ->
      only [ "transfer"; "within" ];
      let transfer = the j "transfer" transfer in
      Wait { transfer; within = option j "within" time }
  | "try" ->
      only [ "transfer" ];
      Try (the j "transfer" transfer)
  | "select" ->
      only [ "arms"; "biased"; "default"; "after" ];
      let flag key = default j key bool false in
      Select
        {
          arms = the j "arms" (list transfer);
          biased = flag "biased";
          default = flag "default";
          after = option j "after" time;
        }
  | "each" ->
      only [ "channel"; "bind"; "body" ];
      let bind = option j "bind" string in
      let body = default j "body" (list operation) [] in
      Each { channel = name "channel"; bind; body }
  | "repeat" ->
      only [ "times"; "body" ];
      let times = the j "times" (integer ~least:0 ~most:255) in
      Repeat { times; body = the j "body" (list operation) }
  | "close" -> Close (one "channel")
  | "drop" -> let channel, side = of_side () in Drop (channel, side)
  | "clone" -> let channel, side = of_side () in Clone (channel, side)
  | "start" ->
      only [ "future"; "transfer" ];
      Start { future = name "future"; transfer = the j "transfer" transfer }
  | "await" -> Await (one "future")
  | "cancel" -> Cancel (one "future")
  | "reserve" ->
      only [ "channel"; "permit" ];
      Reserve { channel = name "channel"; permit = name "permit" }
  | "fulfil" ->
      only [ "permit"; "value" ];
      Fulfil { permit = name "permit"; value = the j "value" value }
  | "release" -> Release (one "permit")
  | "sleep" ->
      only [ "duration" ];
      Sleep (the j "duration" time)
  | "spawn" -> Spawn (one "process")
  | "join" -> Join (one "process")
  | other ->
      mistake (j.path ^ ".op")
        "expected wait, try, select, each, repeat, close, drop, clone, start, \
         await, cancel, reserve, fulfil, release, sleep, spawn or join, found \
         %S"
        other

let process j =
  ignore (members ~known:[ "name"; "operations" ] j);
  let operations = the j "operations" (list operation) in
  { name = the j "name" string; operations }

(** The program that stands at a place in some JSON.
    @raise Mistake if it is none; the path begins with [$]. *)
let program value =
  let j = { path = "$"; value } in
  let known = [ "name"; "shows"; "channels"; "processes"; "observe" ] in
  ignore (members ~known j);
  {
    name = the j "name" string;
    shows = default j "shows" string "";
    channels = default j "channels" (list channel) [];
    processes = the j "processes" (list process);
    observe = default j "observe" (list string) [];
  }
