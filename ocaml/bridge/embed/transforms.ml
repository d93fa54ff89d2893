let reverse text =
  let last = String.length text - 1 in
  String.init (last + 1) (fun place -> text.[last - place])

(* The largest integer whose square is an [int]. *)
let most = 2_147_483_647

let square text =
  match int_of_string_opt text with
  | Some n when abs n <= most -> string_of_int (n * n)
  | Some _ -> Printf.ksprintf failwith "the square of %s is no int" text
  | None -> Printf.ksprintf failwith "expected an integer, found %S" text

let all = [ ("reverse", reverse); ("square", square) ]
