(* Programs in few words, and outcomes as short texts. *)

open Meaning
open Program

let name x = Name x
let giving channel v = Send { channel; value = Number v }
let taking ?bind channel = Recv { channel; bind }
let send ?within c v = Wait { transfer = giving c v; within }

let send_name c x =
  Wait { transfer = Send { channel = c; value = Name x }; within = None }

let recv ?within ?bind c = Wait { transfer = taking ?bind c; within }
let try_send c v = Try (giving c v)
let try_recv ?bind c = Try (taking ?bind c)

let select ?(biased = false) ?(default = false) ?after arms =
  Select { arms; biased; default; after }

let each ?bind ?(body = []) channel = Each { channel; bind; body }
let repeat times body = Repeat { times; body }
let close c = Close c
let drop_sender c = Drop (c, Sender)
let drop_receiver c = Drop (c, Receiver)
let clone_sender c = Clone (c, Sender)
let start future transfer = Start { future; transfer }
let await f = Await f
let cancel f = Cancel f
let reserve channel permit = Reserve { channel; permit }
let fulfil permit v = Fulfil { permit; value = Number v }
let release p = Release p
let sleep d = Sleep d
let spawn p = Spawn p
let join p = Join p

let program ?(observe = []) channels processes =
  let process (name, operations) = { name; operations } in
  let processes = List.map process processes in
  { name = "test"; shows = ""; channels; processes; observe }

let dialect = Dialect.strictest

(* "A 1 sent done; B waits at 2": each process, its log and its end. *)
let text outcome =
  let process (name, (log, how)) =
    String.concat " " ((name :: log) @ [ Outcomes.ending how ])
  in
  String.concat "; " (List.map process outcome)

let outcomes ?(dialect = dialect) ?(time = Semantics.Exact) program =
  (match Program_check.check program with
  | Ok () -> ()
  | Error mistake -> failwith mistake);
  fst (Search.outcomes ~limit:1_000_000 dialect time program)

let means what ?dialect ?time program expected =
  Checking.test what (fun () ->
      let found = outcomes ?dialect ?time program in
      let found = List.map text (Search.Outcome_set.elements found) in
      let show l = "\n  " ^ String.concat "\n  " l ^ "\n" in
      Checking.equal what show
        ~expected:(List.sort compare expected)
        (List.sort compare found))
