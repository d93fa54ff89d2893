open Checking

let refused what message read =
  raises what (Entry.Bad_input message) (fun () ->
      read
        (Entry.Input.of_json
           (Yojson.Safe.from_string
              {|{"n": -1, "s": "x", "l": [1, true], "o": {"k": null},
                 "big": 9223372036854775808}|})))

let () =
  let open Entry.Input in
  test "input" @@ fun () ->
  refused "no such key"
    {|input.o: expected an object with the key "j", found {"k":null}|}
    (field "o" (field "j" int));
  refused "no object" {|input.s: expected an object, found "x"|}
    (field "s" (field "j" int));
  refused "a negative number"
    "input.n: expected an integer from 0 on, found -1" (field "n" natural);
  refused "too big a number"
    ("input.big: expected an integer of at most 62 bits, "
   ^ "found 9223372036854775808") (field "big" int);
  refused "an item of another type"
    "input.l[1]: expected an integer of at most 62 bits, found true"
    (field "l" (list int));
  refused "no list" {|input.s: expected a list, found "x"|}
    (field "s" (list int));
  refused "none of the names" {|input.s: expected "a" or "b", found "x"|}
    (field "s" (one_of [ ("a", 1); ("b", 2) ]));
  let show = function None -> "none" | Some n -> string_of_int n in
  let input = of_json (`Assoc [ ("k", `Null); ("n", `Int 7) ]) in
  equal "null" show ~expected:None (field "k" (nullable int) input);
  equal "not null" show ~expected:(Some 7) (field "n" (nullable int) input);
  equal "absent" show ~expected:None (optional "j" int input);
  equal "there" show ~expected:(Some 7) (optional "n" int input)
