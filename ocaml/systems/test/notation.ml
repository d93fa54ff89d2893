(* Programs from their text form: the notation of compare/litmus/README.md. *)

open Meaning.Program

let wrong line expected =
  failwith (Printf.sprintf "%S: expected %s" line expected)

(* Words, with the signs on their own. *)
let words text =
  let apart = function
    | ('!' | '?' | '=') as c -> Printf.sprintf " %c " c
    | '\t' -> " "
    | c -> String.make 1 c
  in
  String.to_seq text |> Seq.map apart |> List.of_seq |> String.concat ""
  |> String.split_on_char ' '
  |> List.filter (( <> ) "")

let kind line = function
  | [ "rendezvous" ] -> Rendezvous
  | [ "bounded"; n ] -> Bounded (int_of_string n)
  | [ "unbounded" ] -> Unbounded
  | [ "oneshot" ] -> Oneshot
  | [ "mvar" ] -> Mvar
  | [ "watch" ] -> Watch
  | [ "broadcast"; n ] -> Broadcast (int_of_string n)
  | _ -> wrong line "a kind of channel"

let value word =
  match int_of_string_opt word with Some n -> Number n | None -> Name word

let send channel v = Send { channel; value = value v }
let recv ?bind channel = Recv { channel; bind }

(* A send or a receive, and the words behind it. *)
let transfer cell = function
  | c :: "!" :: v :: rest -> (send c v, rest)
  | c :: "?" :: (("or" | "within") :: _ as rest) -> (recv c, rest)
  | c :: "?" :: x :: rest -> (recv ~bind:x c, rest)
  | [ c; "?" ] -> (recv c, [])
  | _ -> wrong cell "a send or a receive"

let single cell words =
  match transfer cell words with
  | it, [] -> it
  | _ -> wrong cell "no more words"

let rec arms cell = function
  | [ "default" ] -> ([], true, None)
  | [ "after"; d ] -> ([], false, Some (int_of_string d))
  | words -> (
      let arm, rest = transfer cell words in
      match rest with
      | [] -> ([ arm ], false, None)
      | "or" :: rest ->
          let others, default, after = arms cell rest in
          (arm :: others, default, after)
      | _ -> wrong cell "'or'")

let select cell biased words =
  let arms, default, after = arms cell words in
  Select { arms; biased; default; after }

let side cell = function
  | "!" -> Sender
  | "?" -> Receiver
  | _ -> wrong cell "! or ?"

let operation cell =
  match words cell with
  | _ :: ("!" | "?") :: _ as words -> (
      match transfer cell words with
      | transfer, [] -> Wait { transfer; within = None }
      | transfer, [ "within"; d ] ->
          Wait { transfer; within = Some (int_of_string d) }
      | _ -> wrong cell "'within', or no more words")
  | "try" :: words -> Try (single cell words)
  | "select" :: words -> select cell false words
  | "biased" :: "select" :: words -> select cell true words
  | [ "each"; channel; "?" ] -> Each { channel; bind = None; body = [] }
  | [ "each"; channel; "?"; x ] -> Each { channel; bind = Some x; body = [] }
  | [ "repeat"; n ] -> Repeat { times = int_of_string n; body = [] }
  | [ "close"; c ] -> Close c
  | [ "drop"; p ] -> Release p
  | [ "drop"; c; sign ] -> Drop (c, side cell sign)
  | [ "clone"; c; sign ] -> Clone (c, side cell sign)
  | "start" :: future :: "=" :: words ->
      Start { future; transfer = single cell words }
  | [ "await"; f ] -> Await f
  | [ "cancel"; f ] -> Cancel f
  | [ "reserve"; channel; "as"; permit ] -> Reserve { channel; permit }
  | [ "fulfil"; permit; "!"; v ] -> Fulfil { permit; value = value v }
  | [ "sleep"; d ] -> Sleep (int_of_string d)
  | [ "spawn"; p ] -> Spawn p
  | [ "join"; p ] -> Join p
  | _ -> wrong cell "an operation"

(* The operations of a column down to an [end], or to its own, and the cells
   below. *)
let rec body = function
  | [] -> ([], [])
  | "end" :: rest -> ([], rest)
  | cell :: rest ->
      let op, rest =
        match operation cell with
        | Each it ->
            let body, rest = body rest in
            (Each { it with body }, rest)
        | Repeat it ->
            let body, rest = body rest in
            (Repeat { it with body }, rest)
        | op -> (op, rest)
      in
      let others, below = body rest in
      (op :: others, below)

let cells line = List.map String.trim (String.split_on_char '|' line)

let columns = function
  | [] -> failwith "expected a process"
  | names :: rows ->
      let rows = List.map cells rows in
      let column i name =
        let cell row = Option.value ~default:"" (List.nth_opt row i) in
        let cells = List.filter (( <> ) "") (List.map cell rows) in
        { name; operations = fst (body cells) }
      in
      List.mapi column (cells names)

let rec head program = function
  | line :: rest -> (
      match words line with
      | [ "program"; name ] -> head { program with name } rest
      | "shows" :: shows ->
          head { program with shows = String.concat " " shows } rest
      | "channel" :: name :: it ->
          let channels = program.channels @ [ (name, kind line it) ] in
          head { program with channels } rest
      | "observe" :: names ->
          head { program with observe = program.observe @ names } rest
      | _ -> { program with processes = columns (line :: rest) })
  | [] -> failwith "expected a process"

let program text =
  let counts line = line <> "" && line.[0] <> '#' in
  let lines = List.map String.trim (String.split_on_char '\n' text) in
  head
    { name = ""; shows = ""; channels = []; processes = []; observe = [] }
    (List.filter counts lines)
