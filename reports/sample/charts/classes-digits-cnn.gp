# Change of each class: digits-cnn
# Run in this folder: gnuplot classes-digits-cnn.gp
set encoding utf8
cells = 'classes-digits-cnn.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 756,472 font 'DejaVu Sans,12' background '#ffffff'
set output 'classes-digits-cnn.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1512,944 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'classes-digits-cnn.png'
}
reset
set lmargin at screen 0.22766; set rmargin at screen 0.9684; set bmargin at screen 0.20339; set tmargin at screen 0.83898
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Change of each class: digits-cnn' at screen 0.02116, screen 0.95339 left front font ',15' textcolor rgb '#000000'
set label 'recall against the baseline, percentage points; empty is no change' at screen 0.02116, screen 0.90678 left front font ',11' textcolor rgb '#555555'
set xrange [-0.5:9.5] noextend
set yrange [-11.5:0.5] noextend
set xtics ('0' 0, '1' 1, '2' 2, '3' 3, '4' 4, '5' 5, '6' 6, '7' 7, '8' 8, '9' 9) scale 0 font ',11'
set ytics ('pruned-50' 0, 'pruned-90' -1, 'pruned-90-per-layer' -2, 'dynamic-int8' -3, 'int8' -4, 'int8-percentile' -5, 'int8-entropy' -6, 'int8-mse' -7, 'int8-per-tensor' -8, 'int8-signed-activations' -9, 'float16' -10, 'pruned-int8' -11) scale 0 font ',11'
unset grid
set xlabel 'class' font ',11'
unset ylabel
set label '−36.8' at screen 0.33877, screen 0.8125 center front font ',10' textcolor rgb '#111111'
set label '+0.6' at screen 0.41284, screen 0.8125 center front font ',10' textcolor rgb '#111111'
set label '−1.1' at screen 0.48692, screen 0.8125 center front font ',10' textcolor rgb '#111111'
set label '−4.4' at screen 0.56099, screen 0.8125 center front font ',10' textcolor rgb '#111111'
set label '+1.1' at screen 0.63507, screen 0.8125 center front font ',10' textcolor rgb '#111111'
set label '−3.3' at screen 0.70914, screen 0.8125 center front font ',10' textcolor rgb '#111111'
set label '−43.1' at screen 0.85729, screen 0.8125 center front font ',10' textcolor rgb '#111111'
set label '+1.1' at screen 0.93136, screen 0.8125 center front font ',10' textcolor rgb '#111111'
set label '−69.7' at screen 0.2647, screen 0.75953 center front font ',10' textcolor rgb '#111111'
set label '−22.0' at screen 0.33877, screen 0.75953 center front font ',10' textcolor rgb '#111111'
set label '+0.6' at screen 0.41284, screen 0.75953 center front font ',10' textcolor rgb '#111111'
set label '−99.5' at screen 0.48692, screen 0.75953 center front font ',10' textcolor rgb '#111111'
set label '−100.0' at screen 0.56099, screen 0.75953 center front font ',10' textcolor rgb '#111111'
set label '−8.8' at screen 0.63507, screen 0.75953 center front font ',10' textcolor rgb '#111111'
set label '−99.4' at screen 0.70914, screen 0.75953 center front font ',10' textcolor rgb '#111111'
set label '−99.4' at screen 0.78321, screen 0.75953 center front font ',10' textcolor rgb '#111111'
set label '−99.4' at screen 0.85729, screen 0.75953 center front font ',10' textcolor rgb '#111111'
set label '−97.2' at screen 0.93136, screen 0.75953 center front font ',10' textcolor rgb '#111111'
set label '−100.0' at screen 0.2647, screen 0.70657 center front font ',10' textcolor rgb '#111111'
set label '−100.0' at screen 0.33877, screen 0.70657 center front font ',10' textcolor rgb '#111111'
set label '−98.9' at screen 0.41284, screen 0.70657 center front font ',10' textcolor rgb '#111111'
set label '−10.4' at screen 0.48692, screen 0.70657 center front font ',10' textcolor rgb '#111111'
set label '−100.0' at screen 0.56099, screen 0.70657 center front font ',10' textcolor rgb '#111111'
set label '−56.0' at screen 0.63507, screen 0.70657 center front font ',10' textcolor rgb '#111111'
set label '−99.4' at screen 0.70914, screen 0.70657 center front font ',10' textcolor rgb '#111111'
set label '−99.4' at screen 0.78321, screen 0.70657 center front font ',10' textcolor rgb '#111111'
set label '−99.4' at screen 0.85729, screen 0.70657 center front font ',10' textcolor rgb '#111111'
set label '−97.2' at screen 0.93136, screen 0.70657 center front font ',10' textcolor rgb '#111111'
set label '−0.6' at screen 0.93136, screen 0.60064 center front font ',10' textcolor rgb '#111111'
set label '−0.6' at screen 0.70914, screen 0.54767 center front font ',10' textcolor rgb '#111111'
set label '−0.6' at screen 0.70914, screen 0.4947 center front font ',10' textcolor rgb '#111111'
set label '−0.6' at screen 0.93136, screen 0.44174 center front font ',10' textcolor rgb '#111111'
set label '−0.6' at screen 0.70914, screen 0.38877 center front font ',10' textcolor rgb '#111111'
set label '−0.6' at screen 0.93136, screen 0.38877 center front font ',10' textcolor rgb '#111111'
set label '−0.6' at screen 0.93136, screen 0.33581 center front font ',10' textcolor rgb '#111111'
set label '−36.3' at screen 0.33877, screen 0.22987 center front font ',10' textcolor rgb '#111111'
set label '+0.6' at screen 0.41284, screen 0.22987 center front font ',10' textcolor rgb '#111111'
set label '−1.1' at screen 0.48692, screen 0.22987 center front font ',10' textcolor rgb '#111111'
set label '−4.4' at screen 0.56099, screen 0.22987 center front font ',10' textcolor rgb '#111111'
set label '+0.5' at screen 0.63507, screen 0.22987 center front font ',10' textcolor rgb '#111111'
set label '−3.3' at screen 0.70914, screen 0.22987 center front font ',10' textcolor rgb '#111111'
set label '−41.4' at screen 0.85729, screen 0.22987 center front font ',10' textcolor rgb '#111111'
set label '+1.1' at screen 0.93136, screen 0.22987 center front font ',10' textcolor rgb '#111111'
set label '' at screen 0.47126, screen 0.0339 front point pointtype 5 pointsize 1.0 linecolor rgb '#D55E00'
set label 'fewer right' at screen 0.49243, screen 0.0339 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.62718, screen 0.0339 front point pointtype 5 pointsize 1.0 linecolor rgb '#0072B2'
set label 'more right' at screen 0.64834, screen 0.0339 left front font ',11' textcolor rgb '#000000'
plot cells using 1:2:($1-0.48):($1+0.48):($2-0.46):($2+0.46):3 with boxxyerror fillstyle solid 1 noborder linecolor rgb variable
unset output
}
