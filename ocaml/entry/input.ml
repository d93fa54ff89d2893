exception Bad_input of string

type t = { place : string; value : Yojson.Safe.t }

let of_json value = { place = "input"; value }

let expected what { place; value } =
  let text = Yojson.Safe.to_string value in
  let found =
    if String.length text <= 60 then text else String.sub text 0 57 ^ "..."
  in
  let message = Printf.sprintf "%s: expected %s, found %s" place what found in
  raise (Bad_input message)

let optional key read input =
  match input.value with
  | `Assoc members ->
      let inside value = { place = input.place ^ "." ^ key; value } in
      Option.map (fun v -> read (inside v)) (List.assoc_opt key members)
  | _ -> expected "an object" input

let field key read input =
  match optional key read input with
  | Some value -> value
  | None -> expected (Printf.sprintf "an object with the key %S" key) input

let nullable read input =
  match input.value with `Null -> None | _ -> Some (read input)

let list read input =
  let item i value =
    read { place = Printf.sprintf "%s[%d]" input.place i; value }
  in
  match input.value with
  | `List values -> List.mapi item values
  | _ -> expected "a list" input

let int input =
  match input.value with
  | `Int n -> n
  | _ -> expected "an integer of at most 62 bits" input

let natural input =
  match input.value with
  | `Int n when n >= 0 -> n
  | _ -> expected "an integer from 0 on" input

let string input =
  match input.value with `String s -> s | _ -> expected "a string" input

let bool input =
  match input.value with `Bool b -> b | _ -> expected "true or false" input

let one_of table input =
  match List.assoc_opt (string input) table with
  | Some value -> value
  | None ->
      let names = List.map (fun (name, _) -> Printf.sprintf "%S" name) table in
      expected (String.concat " or " names) input

let for_tasks input = optional "tasks" bool input = Some true
