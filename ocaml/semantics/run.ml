open Json_read

let where =
  word Dialect.[ ("always", Always); ("never", Never); ("narrow", Narrow) ]

let dialect j : Dialect.t =
  let known =
    [ "fifo"; "hand_off"; "send_on_closed"; "close_twice"; "drop_closes";
      "keeps_cancelled"; "permit_outlives_close"; "first_arm" ]
  in
  ignore (members ~known j);
  let send_on_closed =
    word Dialect.[ ("error", Error); ("fails", Fails); ("waits", Waits) ]
  in
  let close_twice = word Dialect.[ ("already", Already); ("fails", Fail) ] in
  let get key read otherwise = default j key read otherwise in
  let it = Dialect.strictest in
  {
    fifo = get "fifo" where it.fifo;
    hand_off = get "hand_off" where it.hand_off;
    send_on_closed = get "send_on_closed" send_on_closed it.send_on_closed;
    close_twice = get "close_twice" close_twice it.close_twice;
    drop_closes = get "drop_closes" bool it.drop_closes;
    keeps_cancelled = get "keeps_cancelled" bool it.keeps_cancelled;
    permit_outlives_close =
      get "permit_outlives_close" bool it.permit_outlives_close;
    first_arm = get "first_arm" bool it.first_arm;
  }

let perform value : Yojson.Safe.t =
  let j = { path = "request"; value } in
  ignore (members ~known:[ "program"; "dialect"; "time"; "limit" ] j);
  let program = the j "program" (fun j -> Program_json.program j.value) in
  (match Program_check.check program with
  | Ok () -> ()
  | Error text -> raise (Mistake text));
  let dialect = default j "dialect" dialect Dialect.strictest in
  let time =
    let times = Semantics.[ ("exact", Exact); ("race", Race) ] in
    default j "time" (word times) Semantics.Exact
  in
  let limit =
    default j "limit" (integer ~least:1 ~most:max_int) 1_000_000
  in
  let outcomes, states = Search.outcomes ~limit dialect time program in
  `Assoc [ ("outcomes", Outcomes.set outcomes); ("states", `Int states) ]

let answer value =
  match perform value with
  | answer -> Ok answer
  | exception Mistake text -> Error ("bad_input", text)
  | exception Search.Too_many n ->
      Error ("limit", Printf.sprintf "there are more than %d states" n)

let error (kind, message) : Yojson.Safe.t =
  `Assoc [ ("kind", `String kind); ("message", `String message) ]

let run_json text =
  let result =
    match Yojson.Safe.from_string text with
    | exception Yojson.Json_error reason -> Error ("bad_input", reason)
    | exception Stack_overflow -> Error ("bad_input", "it is nested too deeply")
    | value -> (
        try answer value
        with e -> Error ("exception", Printexc.to_string e))
  in
  match result with
  | Ok answer -> Ok (Yojson.Safe.to_string answer)
  | Error e -> Error (Yojson.Safe.to_string (error e))
