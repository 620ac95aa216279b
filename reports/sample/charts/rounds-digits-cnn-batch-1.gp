# Block rounds: digits-cnn
# Run in this folder: gnuplot rounds-digits-cnn-batch-1.gp
set encoding utf8
rounds1 = 'rounds-digits-cnn-batch-1-rounds1.dat'
rounds2 = 'rounds-digits-cnn-batch-1-rounds2.dat'
rounds3 = 'rounds-digits-cnn-batch-1-rounds3.dat'
rounds4 = 'rounds-digits-cnn-batch-1-rounds4.dat'
rounds5 = 'rounds-digits-cnn-batch-1-rounds5.dat'
rounds6 = 'rounds-digits-cnn-batch-1-rounds6.dat'
rounds7 = 'rounds-digits-cnn-batch-1-rounds7.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,814 font 'DejaVu Sans,12' background '#ffffff'
set output 'rounds-digits-cnn-batch-1.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1628 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'rounds-digits-cnn-batch-1.png'
}
reset
set lmargin at screen 0.07778; set rmargin at screen 0.97333; set bmargin at screen 0.05405; set tmargin at screen 0.89681
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Block rounds: digits-cnn' at screen 0.01778, screen 0.97297 left front font ',15' textcolor rgb '#000000'
set label 'median of each block, in % of the member''s own; a gap parts launches; 6 more variants are not drawn' at screen 0.01778, screen 0.94595 left front font ',11' textcolor rgb '#555555'
set multiplot
set lmargin at screen 0.07778; set rmargin at screen 0.97333
set bmargin at screen 0.80344; set tmargin at screen 0.89681
set xrange [0:310] noextend
unset xtics
unset xlabel
set yrange [-51.11450442232182:51.11450442232182] noextend
set ytics ('−41' -40.891603537857456, '0' 0, '+41' 40.891603537857456)
set grid noxtics ytics
set label 'control kernel' at screen 0.07778, screen 0.90786 left front font ',11' textcolor rgb '#000000'
set label 'scatter 2.3 %, slowest block +13.0 %' at screen 0.97333, screen 0.90786 right front font ',10' textcolor rgb '#555555'
plot rounds1 using 1:2 with lines linewidth 1 linecolor rgb '#D55E00'
unset label
unset arrow
set lmargin at screen 0.07778; set rmargin at screen 0.97333
set bmargin at screen 0.68305; set tmargin at screen 0.77641
set xrange [0:310] noextend
unset xtics
unset xlabel
set yrange [-51.11450442232182:51.11450442232182] noextend
set ytics ('−41' -40.891603537857456, '0' 0, '+41' 40.891603537857456)
set grid noxtics ytics
set label 'baseline' at screen 0.07778, screen 0.78747 left front font ',11' textcolor rgb '#000000'
set label 'scatter 1.4 %, slowest block +29.8 %' at screen 0.97333, screen 0.78747 right front font ',10' textcolor rgb '#555555'
plot rounds2 using 1:2 with lines linewidth 1 linecolor rgb '#0072B2'
unset label
unset arrow
set lmargin at screen 0.07778; set rmargin at screen 0.97333
set bmargin at screen 0.56265; set tmargin at screen 0.65602
set xrange [0:310] noextend
unset xtics
unset xlabel
set yrange [-51.11450442232182:51.11450442232182] noextend
set ytics ('−41' -40.891603537857456, '0' 0, '+41' 40.891603537857456)
set grid noxtics ytics
set label 'dynamic-int8' at screen 0.07778, screen 0.66708 left front font ',11' textcolor rgb '#000000'
set label 'scatter 1.5 %, slowest block +26.3 %' at screen 0.97333, screen 0.66708 right front font ',10' textcolor rgb '#555555'
plot rounds3 using 1:2 with lines linewidth 1 linecolor rgb '#0072B2'
unset label
unset arrow
set lmargin at screen 0.07778; set rmargin at screen 0.97333
set bmargin at screen 0.44226; set tmargin at screen 0.53563
set xrange [0:310] noextend
unset xtics
unset xlabel
set yrange [-51.11450442232182:51.11450442232182] noextend
set ytics ('−41' -40.891603537857456, '0' 0, '+41' 40.891603537857456)
set grid noxtics ytics
set label 'int8' at screen 0.07778, screen 0.54668 left front font ',11' textcolor rgb '#000000'
set label 'scatter 2.5 %, slowest block +45.2 %' at screen 0.97333, screen 0.54668 right front font ',10' textcolor rgb '#555555'
plot rounds4 using 1:2 with lines linewidth 1 linecolor rgb '#0072B2'
unset label
unset arrow
set lmargin at screen 0.07778; set rmargin at screen 0.97333
set bmargin at screen 0.32187; set tmargin at screen 0.41523
set xrange [0:310] noextend
unset xtics
unset xlabel
set yrange [-51.11450442232182:51.11450442232182] noextend
set ytics ('−41' -40.891603537857456, '0' 0, '+41' 40.891603537857456)
set grid noxtics ytics
set label 'half-width' at screen 0.07778, screen 0.42629 left front font ',11' textcolor rgb '#000000'
set label 'scatter 1.9 %, slowest block +42.8 %' at screen 0.97333, screen 0.42629 right front font ',10' textcolor rgb '#555555'
plot rounds5 using 1:2 with lines linewidth 1 linecolor rgb '#0072B2'
unset label
unset arrow
set lmargin at screen 0.07778; set rmargin at screen 0.97333
set bmargin at screen 0.20147; set tmargin at screen 0.29484
set xrange [0:310] noextend
unset xtics
unset xlabel
set yrange [-51.11450442232182:51.11450442232182] noextend
set ytics ('−41' -40.891603537857456, '0' 0, '+41' 40.891603537857456)
set grid noxtics ytics
set label 'small' at screen 0.07778, screen 0.3059 left front font ',11' textcolor rgb '#000000'
set label 'scatter 1.7 %, slowest block +76.5 %' at screen 0.97333, screen 0.3059 right front font ',10' textcolor rgb '#555555'
plot rounds6 using 1:2 with lines linewidth 1 linecolor rgb '#0072B2'
unset label
unset arrow
set lmargin at screen 0.07778; set rmargin at screen 0.97333
set bmargin at screen 0.08108; set tmargin at screen 0.17445
set xrange [0:310] noextend
unset xtics
set xlabel 'block rounds, launch after launch' offset 0,0.5
set yrange [-51.11450442232182:51.11450442232182] noextend
set ytics ('−41' -40.891603537857456, '0' 0, '+41' 40.891603537857456)
set grid noxtics ytics
set label 'float16' at screen 0.07778, screen 0.1855 left front font ',11' textcolor rgb '#000000'
set label 'scatter 1.4 %, slowest block +28.1 %' at screen 0.97333, screen 0.1855 right front font ',10' textcolor rgb '#555555'
plot rounds7 using 1:2 with lines linewidth 1 linecolor rgb '#0072B2'
unset multiplot
unset output
}
