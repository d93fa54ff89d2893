type kind =
  | Rendezvous
  | Bounded of int
  | Unbounded
  | Oneshot
  | Mvar
  | Watch
  | Broadcast of int

type side = Sender | Receiver
type value = Number of int | Name of string

type transfer =
  | Send of { channel : string; value : value }
  | Recv of { channel : string; bind : string option }

type operation =
  | Wait of { transfer : transfer; within : int option }
  | Try of transfer
  | Select of {
      arms : transfer list;
      biased : bool;
      default : bool;
      after : int option;
    }
  | Each of { channel : string; bind : string option; body : operation list }
  | Repeat of { times : int; body : operation list }
  | Close of string
  | Drop of string * side
  | Clone of string * side
  | Start of { future : string; transfer : transfer }
  | Await of string
  | Cancel of string
  | Reserve of { channel : string; permit : string }
  | Fulfil of { permit : string; value : value }
  | Release of string
  | Sleep of int
  | Spawn of string
  | Join of string

type process = { name : string; operations : operation list }

type t = {
  name : string;
  shows : string;
  channels : (string * kind) list;
  processes : process list;
  observe : string list;
}

let body = function
  | Each { body; _ } | Repeat { body; _ } -> body
  | _ -> []

let rec within operations =
  List.concat_map (fun op -> op :: within (body op)) operations

let rec numbered first = function
  | [] -> []
  | op :: rest ->
      let next = first + 1 + List.length (within (body op)) in
      (first, op) :: numbered next rest

let channel_of = function Send { channel; _ } | Recv { channel; _ } -> channel

let uses op =
  let transfer = function
    | Send { channel; _ } -> (channel, Sender)
    | Recv { channel; _ } -> (channel, Receiver)
  in
  match op with
  | Wait { transfer = t; _ } | Try t | Start { transfer = t; _ } ->
      [ transfer t ]
  | Select { arms; _ } -> List.map transfer arms
  | Each { channel; _ } -> [ (channel, Receiver) ]
  | Reserve { channel; _ } -> [ (channel, Sender) ]
  | Drop (channel, side) | Clone (channel, side) -> [ (channel, side) ]
  | Repeat _ | Close _ | Await _ | Cancel _ | Fulfil _ | Release _ | Sleep _
  | Spawn _ | Join _ ->
      []

let handles process =
  List.sort_uniq compare (List.concat_map uses (within process.operations))

let spawned program =
  let all p = within p.operations in
  List.filter_map
    (function Spawn process -> Some process | _ -> None)
    (List.concat_map all program.processes)
