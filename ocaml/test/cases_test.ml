(* Every case of compare/patterns, on every library, by the rules of its
   README. The laboratory compares system with system; here each answers for
   itself, so that a mistake shows without it. *)

open Checking
open Laboratory
open Yojson.Safe.Util

(* Tests run somewhere below the repository. *)
let folder =
  let rec above directory =
    let cases = Filename.concat directory "compare/patterns" in
    let parent = Filename.dirname directory in
    if Sys.file_exists cases then cases
    else if parent <> directory then above parent
    else begin
      prerr_endline
        "cases_test: no compare/patterns above this folder; \
         CHANPATTERNS_CASES can name it";
      exit 1
    end
  in
  match Sys.getenv_opt "CHANPATTERNS_CASES" with
  | Some folder -> folder
  | None -> above (Sys.getcwd ())

(* Ranges *)

let is_range members =
  List.for_all (fun (k, _) -> List.mem k [ "from"; "to"; "each" ]) members
  && match List.assoc_opt "to" members with Some (`Int _) -> true | _ -> false

let range members : Yojson.Safe.t =
  let bound key = to_int (List.assoc key members) in
  let item x : Yojson.Safe.t =
    match List.assoc_opt "each" members with
    | None -> `Int x
    | Some (`String "square") -> `Int (x * x)
    | Some (`String "with_square") -> `List [ `Int x; `Int (x * x) ]
    | Some other -> failwith ("each: " ^ Yojson.Safe.to_string other)
  in
  let count = max 0 (bound "to" - bound "from" + 1) in
  `List (List.init count (fun i -> item (bound "from" + i)))

let rec expand : Yojson.Safe.t -> Yojson.Safe.t = function
  | `Assoc members when is_range members -> range members
  | `Assoc members ->
      `Assoc (List.map (fun (key, value) -> (key, expand value)) members)
  | `List items -> `List (List.map expand items)
  | other -> other

(* An input's own keys may look like a range: the pipeline's do. *)
let expand_input = function
  | `Assoc members ->
      `Assoc (List.map (fun (key, value) -> (key, expand value)) members)
  | other -> other

(* Rules *)

(* [expected.items] of per_producer is written by producer. *)
let by_producer items =
  let bare producer = function
    | `List _ as item -> `List (producer :: to_list item)
    | item -> `List [ producer; item ]
  in
  let of_one (label, items) =
    let producer =
      match int_of_string_opt label with
      | Some i -> `Int i
      | None -> `String label
    in
    List.map (bare producer) (to_list items)
  in
  List.concat_map of_one (to_assoc items)

let producer item =
  match index 0 item with `Int i -> string_of_int i | label -> to_string label

let stable_by_producer =
  List.stable_sort (fun a b -> compare (producer a) (producer b))

(* What the rule leaves of an observation: equal if the two agree. *)
let normal rule observation =
  let items = function
    | `Assoc _ as items -> by_producer items
    | items -> to_list items
  in
  let order =
    match rule with
    | "per_producer" -> stable_by_producer
    | "multiset" -> List.sort compare
    | _ -> Fun.id
  in
  let member (key, value) =
    if key = "items" then (key, `List (order (items value))) else (key, value)
  in
  to_assoc observation
  |> List.filter (fun (key, _) -> key <> "measured")
  |> List.map member
  |> List.sort compare
  |> fun members -> `Assoc members

let show observation =
  let text = Yojson.Safe.to_string observation in
  if String.length text < 400 then text else String.sub text 0 400 ^ "..."

let agrees rule expected observation =
  equal "observation" show ~expected:(normal rule expected)
    (normal rule observation)

let is_one_of right observation =
  let found = normal "exact" observation in
  if not (List.exists (fun one -> normal "exact" one = found) right) then
    failwith ("none of the right ones: " ^ show observation)

(* Of the invariants those that a figure decides; the laboratory has all. *)
let invariant observation (name, bound) =
  let at_most what value =
    if to_int value > to_int bound then
      failwith
        (Printf.sprintf "%s: expected at most %d, found %d" what (to_int bound)
           (to_int value))
  in
  let measured key = member key (member "measured" observation) in
  match name with
  | "capacity" ->
      at_most "accepted" (member "accepted" observation);
      at_most "peak" (measured "peak")
  | "generated_at_most" -> at_most "generated" (measured "generated")
  | "concurrency" ->
      equal name show ~expected:bound (member "concurrency" observation)
  | _ -> ()

(* Cases *)

let judge case observation =
  let rule = to_string (member "agree" case) in
  (match (member "expected" case, rule) with
  | `Null, "one_of" ->
      is_one_of
        (List.map expand (to_list (member "one_of" case)))
        observation
  | `Null, _ -> ()
  | expected, _ -> agrees rule (expand expected) observation);
  match member "invariants" case with
  | `Null -> ()
  | invariants -> List.iter (invariant observation) (to_assoc invariants)

let run library implementation pattern case =
  let name = to_string (member "case" case) in
  test (Printf.sprintf "%s %s/%s" library pattern name) (fun () ->
      let excused =
        match member "unsupported" case with
        | `Null -> `Null
        | reasons -> member ("ocaml/" ^ library) reasons
      in
      let input = expand_input (member "input" case) in
      match (Entry.run implementation input, excused) with
      | Some observation, `Null -> judge case observation
      | Some _, _ -> failwith "it runs, though the case says it cannot"
      | None, `Null -> failwith "unsupported; the case does not say so"
      | None, _ -> ())

let leaves_nothing library implementation pattern case =
  let input = expand_input (member "input" case) in
  test (library ^ " " ^ pattern) (fun () ->
      nothing_left pattern (fun () ->
          ignore (Entry.run implementation input)))

let file (pattern, (entry : Entry.t)) =
  let path = Filename.concat folder (pattern ^ ".json") in
  let cases = to_list (member "cases" (Yojson.Safe.from_file path)) in
  let on library implementation =
    List.iter (run library implementation pattern) cases;
    leaves_nothing library implementation pattern (List.hd cases)
  in
  on "event" entry.event;
  on "lwt" entry.lwt;
  if Channels.Domains.available = Ok () then on "domainslib" entry.domains

let () =
  List.iter file Registry.patterns;
  Result.iter_error (skip "domainslib") Channels.Domains.available
