(** Reading JSON, with the path of what is wrong. *)

exception Mistake of string

let mistake path format =
  Printf.ksprintf (fun text -> raise (Mistake (path ^ ": " ^ text))) format

let text value =
  let whole = Yojson.Safe.to_string value in
  if String.length whole <= 60 then whole else String.sub whole 0 57 ^ "..."

type t = { path : string; value : Yojson.Safe.t }

let wrong { path; value } expected =
  mistake path "expected %s, found %s" expected (text value)

let string j = match j.value with `String s -> s | _ -> wrong j "a string"
let bool j = match j.value with `Bool b -> b | _ -> wrong j "true or false"

let integer ~least ~most j =
  match j.value with
  | `Int n when least <= n && n <= most -> n
  | _ -> wrong j (Printf.sprintf "an integer from %d to %d" least most)

let list of_member j =
  let member i value =
    of_member { path = Printf.sprintf "%s[%d]" j.path i; value }
  in
  match j.value with `List l -> List.mapi member l | _ -> wrong j "a list"

(** One of several words. *)
let word words j =
  let meaning =
    match j.value with
    | `String s -> List.assoc_opt s words
    | _ -> None
  in
  match meaning with
  | Some meaning -> meaning
  | None -> wrong j ("one of " ^ String.concat ", " (List.map fst words))

(** An object: its members, of which only those named in [known] may be there,
    each once. *)
let members ~known j =
  match j.value with
  | `Assoc members ->
      let check seen (key, _) =
        if not (List.mem key known) then
          mistake j.path "there is no key %S here; expected %s" key
            (String.concat ", " known);
        if List.mem key seen then mistake j.path "the key %S stands twice" key;
        key :: seen
      in
      ignore (List.fold_left check [] members);
      members
  | _ -> wrong j "an object"

let inside j key value = { path = j.path ^ "." ^ key; value }

(** A member that must be there. *)
let the j key read =
  match j.value with
  | `Assoc members -> (
      match List.assoc_opt key members with
      | Some value -> read (inside j key value)
      | None -> mistake j.path "the key %S is missing" key)
  | _ -> wrong j "an object"

(** A member that may be there; [null] is as good as nothing. *)
let option j key read =
  match j.value with
  | `Assoc members -> (
      match List.assoc_opt key members with
      | None | Some `Null -> None
      | Some value -> Some (read (inside j key value)))
  | _ -> wrong j "an object"

(** A member that may be left out; [null] is no value of it. *)
let default j key read otherwise =
  match j.value with
  | `Assoc members when not (List.mem_assoc key members) -> otherwise
  | _ -> the j key read
